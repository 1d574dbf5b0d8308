package clients;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.aether.deployment.DeploymentException;
import org.eclipse.aether.resolution.ArtifactResolutionException;

/** What a person does with {@code bal} and a Maven repository of balas. */
final class MavenChecks {
    private final Registry registry;

    MavenChecks(Registry registry) {
        this.registry = registry;
    }

    String run() throws Exception {
        Bala library = Bala.of(registry.name("maven_library"), "1.0.0");
        Bala bala = Bala.of(registry.name("maven"), "1.0.0", library);
        Bala newer = Bala.of(bala.name(), "1.1.0", library);
        Maven maven = connect();
        maven.deploy(library);
        maven.deploy(bala);
        maven.deploy(newer);
        connect().deploy(newer); // as after an answer that was lost
        byte[] sbom = "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\"components\":[]}".getBytes(StandardCharsets.UTF_8);
        maven.attach(newer, "bom.cdx.json", sbom);
        Check.same("the digest of the SBOM", Bala.sha256(sbom), Bala.sha256(connect().attached(newer, "bom.cdx.json")));
        Check.eventually("the versions", () -> connect().versions(bala.name()), List.of("1.0.0", "1.1.0")::equals);
        for (Bala each : List.of(bala, newer)) {
            Check.same("the digest of what was pulled", each.sha256(), Bala.sha256(connect().pull(each)));
        }
        Central central = new Central(registry, registry.token());
        Check.eventually("the versions by Central's API", () -> central.listed(bala.name()), List.of("1.1.0", "1.0.0")::equals);
        hides();
        refusals(bala);
        return "deployment, repeated deployment, an SBOM, a range of versions, pull, private packages and refusals";
    }

    private Maven connect() throws IOException {
        return new Maven(registry, registry.token());
    }

    /** Where the resolver is not asked who it is, it does not say so. */
    private void hides() throws Exception {
        Bala hidden = Bala.hidden(registry.name("maven_hidden"), "1.0.0");
        connect().deploy(hidden);
        Check.same("the digest of what was pulled", hidden.sha256(),
                Bala.sha256(new Maven(registry, registry.token(), "/2.0/auth/maven").pull(hidden)));
        isNotThere(new Maven(registry, Registry.STRANGER), hidden);
        if (!registry.isOwn()) {
            isNotThere(connect(), hidden);
        }
    }

    private void refusals(Bala bala) throws IOException {
        refused("a deployment of other bytes", connect(), Bala.padded(bala.name(), bala.version(), 100), "40");
        refused("a deployment with a wrong token", new Maven(registry, Registry.STRANGER),
                Bala.of(registry.name("maven_other"), "1.0.0"), "401");
        isNotThere(connect(), Bala.of(registry.name("maven_nothing"), "1.0.0"));
    }

    private static void isNotThere(Maven maven, Bala bala) throws IOException {
        try {
            maven.pull(bala);
            throw new Check.Failed(bala.coordinates() + " was pulled");
        } catch (ArtifactResolutionException e) {
            Check.contains("the resolver", e.getMessage(), "Could not");
        }
    }

    private static void refused(String what, Maven maven, Bala bala, String status) throws IOException {
        try {
            maven.deploy(bala);
            throw new Check.Failed(what + " succeeded");
        } catch (DeploymentException e) {
            Check.contains(what, e.getMessage(), status);
        }
    }
}
