//! What a Registry cannot do, said where its user looks.

use barre_e2e::cluster::with_space;
use barre_e2e::wait;
use serde_json::json;

use crate::setup;

#[tokio::test]
async fn the_api_server_refuses_what_cannot_work() -> anyhow::Result<()> {
    with_space("cel", |space| async move {
        let valid = || setup::registry("valid", "some-bucket");
        let mut both = valid();
        both["spec"]["autoscaling"] = json!({ "minReplicas": 1, "maxReplicas": 2 });
        let mut swapped = valid();
        swapped["spec"]["replicas"].take();
        swapped["spec"].as_object_mut().unwrap().remove("replicas");
        swapped["spec"]["autoscaling"] = json!({ "minReplicas": 3, "maxReplicas": 2 });
        let mut long = valid();
        long["metadata"]["name"] = json!("n".repeat(41));
        let mut port = valid();
        port["spec"]["storage"]["s3"]["endpoint"] = json!("http://256.1.1.1:99999");
        for (object, part) in [
            (both, "set replicas or autoscaling"),
            (swapped, "minReplicas"),
            (long, "at most 40 characters"),
            (port, "a port is at most 65535"),
        ] {
            let refused = setup::apply(&space, object).await.unwrap_err().to_string();
            assert!(refused.contains(part), "{refused}");
        }
        let mut suspended = valid();
        suspended["spec"]["suspend"] = json!(true);
        setup::apply(&space, suspended.clone()).await?;
        suspended["spec"]["storage"]["s3"]["bucket"] = json!("other-bucket");
        let refused = setup::apply(&space, suspended).await.unwrap_err().to_string();
        assert!(refused.contains("bucket"), "{refused}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn wrong_and_missing_credentials_are_named() -> anyhow::Result<()> {
    with_space("keys", |space| async move {
        setup::apply(&space, setup::registry("packages", &space.name)).await?;
        let missing =
            wait::condition(&space, "packages", "StorageReady", "False", Some("SecretNotFound")).await?;
        assert!(missing.message.contains("store-credentials"), "{}", missing.message);

        setup::apply(&space, setup::registry("other", &space.name)).await?;
        let wrong = "not-the-secret-of-anyone";
        setup::secret(&space, "store-credentials", "barre-local", wrong).await?;
        // Secrets are not watched: a new generation makes the operator look at once.
        let mut again = setup::registry("packages", &space.name);
        again["spec"]["replicas"] = json!(1);
        setup::apply(&space, again).await?;
        let rejected =
            wait::condition(&space, "packages", "StorageReady", "False", Some("CredentialsRejected")).await?;
        assert!(!rejected.message.contains(wrong), "{}", rejected.message);
        wait::condition(&space, "packages", "Stalled", "True", Some("CredentialsRejected")).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_store_that_is_gone_is_named() -> anyhow::Result<()> {
    with_space("gone", |space| async move {
        setup::credentials(&space).await?;
        let mut registry = setup::registry("packages", &space.name);
        registry["spec"]["storage"]["s3"]["endpoint"] = json!("http://nowhere.barre-store.svc:7070");
        setup::apply(&space, registry).await?;
        let gone =
            wait::condition(&space, "packages", "StorageReady", "False", Some("BackendUnreachable")).await?;
        assert!(gone.message.contains("nowhere.barre-store.svc"), "{}", gone.message);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_a_store_client_cannot_use_stops_only_its_own_registry() -> anyhow::Result<()> {
    with_space("odd", |space| async move {
        setup::credentials(&space).await?;
        setup::secret(&space, "line-break", "barre-local\n", "barre-local-secret").await?;
        let mut address = setup::registry("address", &space.name);
        address["spec"]["storage"]["s3"]["endpoint"] = json!("http://256.1.1.1:7070");
        let mut keys = setup::registry("keys", &space.name);
        keys["spec"]["storage"]["s3"]["secretRef"]["name"] = json!("line-break");
        setup::apply(&space, address).await?;
        setup::apply(&space, keys).await?;
        setup::apply(&space, setup::registry("sound", &space.name)).await?;

        let stalled = wait::condition(&space, "address", "Stalled", "True", Some("InvalidSpec")).await?;
        assert!(stalled.message.contains("storage.s3.endpoint"), "{}", stalled.message);
        let stalled = wait::condition(&space, "keys", "Stalled", "True", Some("CredentialsRejected")).await?;
        assert!(stalled.message.contains("accessKeyID"), "{}", stalled.message);
        wait::condition(&space, "sound", "Ready", "True", None).await?;
        Ok(())
    })
    .await
}
