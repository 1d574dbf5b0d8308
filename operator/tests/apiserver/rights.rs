//! What the operator, and people with the roles of a namespace, may and may not do.

use barre_crds::Registry;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod, Secret},
    rbac::v1::RoleBinding,
};
use kube::{
    Api,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde_json::json;

use crate::{
    cluster::{Cluster, OPERATOR},
    space::apply,
    wait::until,
};

fn refused<T>(answer: kube::Result<T>) -> bool {
    matches!(answer, Err(kube::Error::Api(status)) if status.code == 403)
}

#[tokio::test]
async fn the_operator_may_not_do_what_it_need_not() {
    let cluster = Cluster::get().await;
    let space = cluster.space("rights").await;
    let client = cluster.client_as(OPERATOR).await;
    let (all, patch) = (ListParams::default(), PatchParams::default());
    let label = Patch::Merge(json!({ "metadata": { "labels": { "a": "b" } } }));

    let secrets = Api::<Secret>::namespaced(client.clone(), &space.name);
    assert!(secrets.get("store").await.is_ok(), "credentials are read by name");
    assert!(refused(secrets.list(&all).await));
    assert!(refused(secrets.patch("store", &patch, &label).await));
    assert!(refused(secrets.delete("store", &DeleteParams::default()).await));

    space.apply(&space.registry("packages")).await.unwrap();
    let registries = Api::<Registry>::namespaced(client.clone(), &space.name);
    assert!(registries.list(&all).await.is_ok());
    assert!(refused(registries.patch("packages", &patch, &label).await), "the spec is a person's");
    assert!(refused(registries.delete("packages", &DeleteParams::default()).await));

    let (deployments, pods) = (
        Api::<Deployment>::namespaced(client.clone(), &space.name),
        Api::<Pod>::namespaced(client.clone(), &space.name),
    );
    assert!(refused(deployments.delete("packages", &DeleteParams::default()).await));
    assert!(refused(pods.delete("packages", &DeleteParams::default()).await));
    let maps = Api::<ConfigMap>::namespaced(client, &space.name);
    assert!(refused(maps.delete("packages", &DeleteParams::default()).await));
}

#[tokio::test]
async fn an_operator_of_one_namespace_needs_no_rights_elsewhere() {
    let cluster = Cluster::get().await;
    let (space, other) = (cluster.space("alone").await, cluster.space("other").await);
    let user = "system:serviceaccount:alone:barre-operator";
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "barre-operator" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "barre-operator" },
        "subjects": [{ "kind": "User", "name": user }],
    });
    apply(&space.api::<RoleBinding>(), &binding).await.unwrap();
    let variables = [("BARRE_NAMESPACE", &*space.name), ("BARRE_CLUSTER_ID", "eu-1")];
    let _operator = cluster.operator_as(user, &variables).await;
    other.apply(&other.registry("packages")).await.unwrap();
    space.apply(&space.registry("packages")).await.unwrap();
    space.told("packages", "StorageReady", "True", "BucketCreated").await;
    until("the Deployment", || async { space.api::<Deployment>().get("packages").await.ok() }).await;
    assert!(other.api::<Deployment>().get("packages").await.is_err(), "nobody looks after that one");
}

#[tokio::test]
async fn who_may_edit_a_namespace_may_edit_its_registries() {
    let cluster = Cluster::get().await;
    let space = cluster.space("people").await;
    for (person, role) in [("viewer", "barre-view"), ("editor", "barre-view"), ("editor", "barre-edit")] {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": { "name": format!("{person}-{role}") },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "User", "name": person }],
        });
        apply(&space.api::<RoleBinding>(), &binding).await.unwrap();
    }
    let object = space.registry("packages");
    for (person, may) in [("viewer", false), ("editor", true)] {
        let client = cluster.client_as(person).await;
        let registries = Api::<Registry>::namespaced(client.clone(), &space.name);
        assert!(registries.list(&ListParams::default()).await.is_ok(), "{person}");
        let applied = apply(&registries, &object).await;
        assert_eq!((applied.is_ok(), refused(applied)), (may, !may), "{person}");
        let status = Patch::Merge(json!({ "status": { "endpoint": "http://elsewhere" } }));
        assert!(
            refused(registries.patch_status("packages", &PatchParams::default(), &status).await),
            "{person}"
        );
        let elsewhere = Api::<Registry>::namespaced(client, "default");
        assert!(refused(elsewhere.list(&ListParams::default()).await), "{person}");
    }
}
