//! Versions of policy templates at a platform, and what a connector keeps of them.

use xinyu_core::template::state::{Act, State};
use xinyu_core::template::{Ask, Origin, ready, save, step};
use xinyu_protocol::tc609::template::OfferedTemplate;
use xinyu_store::StoreError;
use xinyu_store::template;
use xinyu_store::testing::{Fixture, on_each_engine};

#[tokio::test]
async fn versions_of_a_template_are_kept_with_what_was_done_with_them() {
    on_each_engine(async |fixture: Fixture| {
        let now = fixture.clock.now();
        let done = fixture.store.write("template", move |tx| {
            Box::pin(async move {
                let mut definition = ready::find("use-count").unwrap().template.definition;
                definition.template_id = "mine".to_owned();
                let first = save(definition.clone(), None, (Origin::Own, "li"), now).unwrap();
                assert!(template::insert(tx, &first).await?);
                assert!(!template::insert(tx, &first).await?, "a version is never written over");
                definition.priority = 7;
                let second = save(definition, Some(&first), (Origin::Own, "li"), now).unwrap();
                assert!(template::insert(tx, &second).await?);
                let ask = Ask { act: Act::Approve, by: "wang", space: None, reason: "" };
                let reviewed = step(second, ask, &[], now).unwrap();
                template::save(tx, &reviewed).await?;
                assert_eq!(reviewed.state, State::Reviewed);
                assert_eq!(template::lock(tx, "mine").await?, [reviewed.clone(), first.clone()]);
                // What comes with the program is stored with the first decision on it.
                let built_in = ready::find("content").unwrap();
                template::save(tx, &built_in).await?;
                template::save(tx, &built_in).await?;
                assert_eq!(template::list(tx).await?, [built_in, reviewed, first]);
                assert!(template::lock(tx, "other").await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_connector_keeps_what_was_offered_last() {
    on_each_engine(async |fixture: Fixture| {
        let done = fixture.store.write("template", |tx| {
            Box::pin(async move {
                let offered: Vec<OfferedTemplate> = ready::all()
                    .into_iter()
                    .map(|one| OfferedTemplate { spaces: vec!["a".to_owned()], template: one.template })
                    .collect();
                template::keep(tx, &offered).await?;
                assert_eq!(template::kept(tx).await?.len(), ready::count());
                template::keep(tx, &offered[..1]).await?;
                assert_eq!(template::kept(tx).await?, offered[..1]);
                template::keep(tx, &[]).await?;
                assert!(template::kept(tx).await?.is_empty());
                Ok::<_, StoreError>(())
            })
        });
        done.await.unwrap();
    })
    .await;
}
