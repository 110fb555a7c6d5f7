//! Asking the platform something and waiting for the answer: for what a person waits for too. Everything else goes through the outbox.

use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_core::fault::Rejection;
use xinyu_protocol::problem::Problem;
use xinyu_shell::{Failure, Node, peer};

/// Posts a message to the platform and reads its answer.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn ask<B: Serialize, T: DeserializeOwned>(node: &Node, path: &str, body: &B) -> Result<T, Failure> {
    let body = xinyu_protocol::json::canonical(body).map_err(Failure::broken)?;
    let (status, answer) = peer::post(node, &node.platform_id(), path, body).await.map_err(|error| {
        let mut rejection = Rejection::conflict(
            "platform-unreachable",
            format!("暂时无法连接服务平台：{}", error.text),
            format!("the platform cannot be reached: {}", error.text),
        );
        rejection.status = 502;
        Failure::from(rejection)
    })?;
    if (200..300).contains(&status) {
        return serde_json::from_slice(&answer)
            .map_err(|error| Failure::broken(format!("the platform's answer does not parse: {error}")));
    }
    Err(match serde_json::from_slice::<Problem>(&answer) {
        Ok(problem) => {
            let mut rejection = Rejection::conflict("refused-by-platform", problem.title.zh, problem.title.en);
            rejection.status = status;
            rejection.clause = problem.clause;
            rejection.detail = problem.detail.map(Box::new);
            rejection.next = problem.next.map(Box::new);
            rejection.into()
        }
        Err(_) => Failure::broken(format!("the platform answered {status}")),
    })
}
