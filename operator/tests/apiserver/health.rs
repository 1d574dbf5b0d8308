//! What the operator says of itself.

use k8s_openapi::api::rbac::v1::{ClusterRole, Role, RoleBinding};
use kube::Api;
use serde_json::{Value, json};

use crate::{cluster::Cluster, space::apply, wait::until};

#[tokio::test]
async fn it_is_ready_once_all_it_watches_was_listed_and_alive_before() {
    let cluster = Cluster::get().await;
    let space = cluster.space("health").await;
    let whole = Api::<ClusterRole>::all(cluster.client.clone()).get("barre-operator").await.unwrap();
    let role = |rules: Vec<Value>| json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": "half" }, "rules": rules });
    let rules = serde_json::to_value(whole.rules).unwrap();
    let rules = rules.as_array().unwrap();
    let without_pods =
        rules.iter().filter(|rule| !rule["resources"].as_array().unwrap().contains(&json!("pods")));
    apply(&space.api::<Role>(), &role(without_pods.cloned().collect())).await.unwrap();
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "half" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "half" },
        "subjects": [{ "kind": "User", "name": "half" }],
    });
    apply(&space.api::<RoleBinding>(), &binding).await.unwrap();

    let variables = [("BARRE_NAMESPACE", &*space.name), ("BARRE_CLUSTER_ID", "eu-1")];
    let operator = cluster.start_operator("half", &variables);
    let waits = "the operator has not listed all objects of these kinds yet: Pod";
    until("all but the pods to be listed", || async {
        (operator.said("readyz").await? == (503, waits.to_owned())).then_some(())
    })
    .await;
    assert_eq!(operator.said("livez").await, Some((200, "ok".to_owned())));

    apply(&space.api::<Role>(), &role(rules.clone())).await.unwrap();
    until("the operator to be ready", || async { operator.get("readyz").await }).await;
}
