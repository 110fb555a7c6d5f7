//! Function nodes, as configured: their certificates are pinned by their roots, never learnt from the network. TC609-6-2025-01 §5.3; NDI-TR-2025-03 §8.1.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use xinyu_crypto::x509::{Certificate, CertificatePublic, Expected, X509Error, verify_chain};
use xinyu_protocol::api::List;
use xinyu_protocol::api::ndi::NodeLine;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Platform;
use crate::certificate::seconds;

/// A function node of area or industry.
#[derive(Clone, Debug)]
pub struct FunctionNode {
    /// Its identifier, the OU of its certificate.
    pub id: String,
    /// For people.
    pub name: String,
    /// Base URL of its interfaces, to which `/GetToken` and the like are added.
    pub address: String,
    /// Its certificate in SM2 and whoever issued it.
    pub chain: Vec<Certificate>,
    /// The roots of the providers that it vouches for.
    pub roots: Vec<Certificate>,
    /// Whether it is told of our connectors and of operators that are gone.
    pub is_told: bool,
    /// Whether listed products are registered there; at most one node of a platform does.
    pub registers_products: bool,
}

/// Where a message to a node goes: a destination of the outbox that is no party.
pub(super) const DESTINATION: &str = xinyu_core::listing::registration::DESTINATION;

impl FunctionNode {
    /// Its key, if its certificate is in order now.
    pub(super) fn public(&self, now: Timestamp) -> Option<CertificatePublic> {
        self.check(now).ok()?;
        self.chain.first().map(|certificate| certificate.public().clone())
    }

    /// That its certificate is in order.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), X509Error> {
        let expected = Expected {
            roots: &self.roots,
            lists: &[],
            must_have_lists: false,
            unit: Some(&self.id),
            place: None,
            now: seconds(now),
        };
        verify_chain(&self.chain, &expected)
    }
}

/// `GET /api/v1/nodes`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<NodeLine>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("ndi.nodes", |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for node in &this.options.nodes {
                let until = node.chain.first().map(Certificate::not_after).and_then(|at| i64::try_from(at).ok());
                let until = until.and_then(|at| Timestamp::from_second(at).ok());
                items.push(NodeLine {
                    node_id: node.id.clone(),
                    name: node.name.clone(),
                    address: node.address.clone(),
                    is_told: node.is_told,
                    registers_products: node.registers_products,
                    certificate_until: until.filter(|_| node.check(tx.now()).is_ok()),
                    waiting: xinyu_store::outbox::waiting(tx, &format!("{DESTINATION}{}", node.id)).await?,
                });
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}
