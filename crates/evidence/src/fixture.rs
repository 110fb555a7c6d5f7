//! A small space for the tests of this crate: its keys, its parties, and logs of any length in memory.

use std::collections::BTreeMap;

use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use xinyu_crypto::{SigningKey, Suite};

use crate::{Keys, LogState, Record, SignedRecord, grow, publish};

pub(crate) const ORIGIN: &str = "xinyu.example/evidence/space-1";
pub(crate) const SPACE: &str = "space-1";
pub(crate) const PLATFORM: &str = "91110000MA0000000A41100AAAAAAAA0";
pub(crate) const PROVIDER: &str = "91110000MA0000000B51100BBBBBBBB0";
pub(crate) const CONSUMER: &str = "91110000MA0000000C51100CCCCCCCC0";

/// The checkpoint of a public log of other makers with the lines of four witnesses of the public network, as it was served in
/// May 2026. The first signature is of a type that we do not know (0x05).
pub(crate) const ARCHE: &str = "arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";
/// The key of that log.
pub(crate) const ARCHE_KEY: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
/// The keys of its witnesses, as their operators publish them, in the order of the lines.
pub(crate) const ARCHE_WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];
/// When they cosigned it.
pub(crate) const ARCHE_SECONDS: u64 = 1_779_573_024;

/// Files of a log, by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) struct World {
    pub(crate) platform: SigningKey,
    pub(crate) platform_sm: SigningKey,
    pub(crate) provider: SigningKey,
    pub(crate) consumer: SigningKey,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        let mut key = |suite| SigningKey::generate(suite, &mut rng);
        Self {
            platform: key(Suite::Intl),
            platform_sm: key(Suite::Sm),
            provider: key(Suite::Sm),
            consumer: key(Suite::Intl),
        }
    }

    pub(crate) fn keys(&self) -> Keys {
        Keys::new(ORIGIN, self.platform.public(), self.platform_sm.public()).unwrap()
    }

    /// Entry `index` of a plausible log: the space, two registrations, then uses by the consumer; every hundredth entry
    /// is the provider's, signed with SM2.
    pub(crate) fn entry(&self, index: u64) -> SignedRecord {
        let (kind, actor, key, facts) = match index {
            0 => (
                "space.opened",
                PLATFORM,
                &self.platform,
                json!({"party": PLATFORM, "keys": [self.platform.public(), self.platform_sm.public()]}),
            ),
            1 => ("participant.key", PLATFORM, &self.platform, registration(PROVIDER, &self.provider)),
            2 => ("participant.key", PLATFORM, &self.platform, registration(CONSUMER, &self.consumer)),
            _ if index % 100 == 3 => {
                ("data.delivered", PROVIDER, &self.provider, json!({"rows": index, "bytes": index * 64}))
            }
            _ => ("usage.allowed", CONSUMER, &self.consumer, json!({"count": index, "clause": "/contractPolicies/0"})),
        };
        SignedRecord::sign(record(index, kind, actor, facts), key).unwrap()
    }

    pub(crate) fn leaves(&self, size: u64) -> Vec<Vec<u8>> {
        (0..size).map(|index| self.entry(index).to_bytes().unwrap()).collect()
    }

    /// The files of a log of these leaves, grown in batches.
    pub(crate) fn files(&self, leaves: &[Vec<u8>], batch: usize) -> Files {
        let (mut files, mut state) = (Files::new(), LogState::new());
        for leaves in leaves.chunks(batch) {
            let growth = grow(&state, leaves).unwrap();
            files.extend(growth.writes);
            for path in growth.removes {
                files.remove(&path).expect("what is removed was written");
            }
            state = growth.state;
        }
        let heads = publish(&state, ORIGIN, &self.platform, &self.platform_sm).unwrap();
        files.extend(heads.map(|(path, text)| (path.to_owned(), text.into_bytes())));
        files
    }

    pub(crate) fn log(&self, size: u64) -> Files {
        self.files(&self.leaves(size), 256)
    }
}

pub(crate) fn registration(party: &str, key: &SigningKey) -> Value {
    json!({"party": party, "keys": [key.public()]})
}

pub(crate) fn record(index: u64, kind: &str, actor: &str, facts: Value) -> Record {
    let Value::Object(facts) = facts else { panic!("facts are an object") };
    Record {
        v: 1,
        id: format!("record-{index}"),
        kind: kind.to_owned(),
        space: SPACE.to_owned(),
        contract: None,
        subject: None,
        actor: actor.to_owned(),
        at: "2026-11-23T10:00:00.000001Z".parse::<jiff::Timestamp>().unwrap()
            + jiff::SignedDuration::from_millis(i64::try_from(index).unwrap()),
        facts: facts.into_iter().collect(),
        refs: Vec::new(),
    }
}
