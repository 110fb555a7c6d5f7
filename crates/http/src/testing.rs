//! The people of our tests: a platform and two connectors with credentials, at a fixed hour.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xinyu_crypto::{KeyRing, Suite};
use xinyu_identity::credential::{Holder, StatusEntry};
use xinyu_identity::{Credential, DidWeb};
use xinyu_protocol::id::{AreaCode, ConnectorId, ParticipantId, PartyId, PlatformId};
use xinyu_protocol::tc609::participant::Role;

use crate::server::{ServeOptions, Serving, serve};
use crate::source::Source;

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const USCC: &str = "91350100M000100Y43";
pub(crate) const BOTH: [Suite; 2] = [Suite::Sm, Suite::Intl];

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(crate) fn uuid(number: u64) -> Uuid {
    Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_0000 + u128::from(number))
}

/// The fixed hour, and ids that count.
pub(crate) fn source() -> Source {
    let count = AtomicU64::new(1);
    Source::new(now, move || uuid(count.fetch_add(1, Ordering::Relaxed)))
}

pub(crate) fn ring(seed: u64) -> Arc<KeyRing> {
    Arc::new(KeyRing::generate(&mut StdRng::seed_from_u64(seed)))
}

pub(crate) fn platform() -> PartyId {
    PlatformId::compose(&ParticipantId::parse(USCC).unwrap(), &AreaCode::parse("3501").unwrap(), 7).into()
}

pub(crate) fn connector(number: u64) -> PartyId {
    ConnectorId::compose(&ParticipantId::parse(USCC).unwrap(), &AreaCode::parse("3501").unwrap(), number).into()
}

/// The claims of a connector's credential with the keys of a ring.
pub(crate) fn claims(number: u64, ring: &KeyRing) -> Credential {
    let address = format!("http://127.0.0.1:77{number:02}");
    Credential {
        iss: platform(),
        sub: connector(number),
        jti: uuid(1000 + number),
        iat: NOW,
        nbf: NOW,
        exp: NOW + 86_400,
        participant: Holder {
            id: ParticipantId::parse(USCC).unwrap(),
            name: "海峡数据有限公司".to_owned(),
            role: Role::Consumer,
        },
        keys: ring.public(),
        did: DidWeb::from_base_url(&address).unwrap(),
        address,
        status: StatusEntry { list: None, index: number },
    }
}

/// Serves on a free port of this machine until the end of the test.
pub(crate) async fn serving(router: Router) -> Serving {
    let anywhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
    serve(anywhere, router, CancellationToken::new(), ServeOptions::default()).await.unwrap()
}
