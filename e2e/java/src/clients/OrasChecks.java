package clients;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import land.oras.Annotations;
import land.oras.ArtifactType;
import land.oras.Config;
import land.oras.ContainerRef;
import land.oras.Layer;
import land.oras.LocalPath;
import land.oras.Manifest;
import land.oras.ManifestDescriptor;
import land.oras.exception.OrasException;

/** OCI by ORAS, with the requests of the client that is built on it. */
final class OrasChecks {
    private static final ArtifactType PACKAGE = ArtifactType.from("application/vnd.ballerina.package.v1+json");
    private static final ArtifactType GRAPH = ArtifactType.from("application/vnd.ballerina.dependency-graph.v1+json");

    private final Registry registry;
    private final land.oras.Registry oras;

    OrasChecks(Registry registry) {
        this.registry = registry;
        oras = connect(registry, Registry.USER, registry.token());
    }

    private static land.oras.Registry connect(Registry registry, String user, String token) {
        land.oras.Registry.Builder builder = land.oras.Registry.builder();
        return (registry.isOpen() ? builder.insecure(registry.host(), user, token) : builder.defaults(registry.host(), user, token))
                .build();
    }

    String run() throws Exception {
        Bala library = Bala.of(registry.name("oras_library"), "1.0.0");
        Bala bala = Bala.of(registry.name("oras"), "1.0.0", library);
        Central central = new Central(registry, registry.token());
        Check.same("a push by Central's API", 204, central.push(library).code());
        Check.same("a push by Central's API", 204, central.push(bala).code());
        pulls(bala);
        hasGraph(bala, library);
        isIndexed(bala);
        asksForCredentials(bala);
        pushes();
        return "push, tags, manifests, the bala, the locked graph, the index of versions and the question for credentials";
    }

    /** The package, and then its locked graph as what refers to it. */
    private void pushes() throws Exception {
        Bala library = Bala.of(registry.name("oras_library"), "1.0.0");
        Bala bala = Bala.of(registry.name("oras_pushed"), "1.0.0", library);
        ContainerRef tagged = reference(bala, bala.version());
        Path file = bala.writeTo(registry.work().resolve("pushed"));
        Path graph = Files.writeString(registry.work().resolve("pushed/graph.json"), bala.graph());
        Annotations annotations = Annotations.ofManifest(Map.of("io.ballerina.platform", "any", "io.ballerina.distribution", "2201.12.0",
                "org.opencontainers.image.created", Instant.now().toString()));
        Manifest pushed = oras.pushArtifact(tagged, PACKAGE, annotations, Config.empty(), LocalPath.of(file, "application/octet-stream"));
        oras.attachArtifact(tagged, GRAPH, LocalPath.of(graph, "application/vnd.ballerina.dependency-graph.v1+json"));
        Check.same("the pushed manifest by its digest", pushed.getDescriptor().getDigest(),
                oras.getManifest(tagged.withDigest(pushed.getDescriptor().getDigest())).getDescriptor().getDigest());
        pulls(bala);
        hasGraph(bala, library);
        Central central = new Central(registry, registry.token());
        Check.same("the digest by Central's API", "sha-256=" + bala.sha256(),
                central.describe(bala.name(), bala.version()).object().get("digest").getAsString());
        Check.same("the same push again", pushed.getDescriptor().getDigest(),
                oras.pushArtifact(tagged, PACKAGE, annotations, Config.empty(), LocalPath.of(file, "application/octet-stream"))
                        .getDescriptor().getDigest());
    }

    private ContainerRef reference(Bala bala, String version) {
        String repository = (registry.host() + "/" + bala.org() + "/" + bala.name()).toLowerCase(Locale.ROOT);
        return ContainerRef.parse(repository + ":" + version);
    }

    private void pulls(Bala bala) throws Exception {
        ContainerRef tagged = reference(bala, bala.version());
        Check.eventually("the tags", () -> oras.getTags(tagged).tags(), List.of(bala.version())::equals);
        Manifest manifest = oras.getManifest(tagged);
        Check.same("the platform in the manifest", "any", manifest.getAnnotations().get("io.ballerina.platform"));
        Check.same("the distribution in the manifest", "2201.12.0", manifest.getAnnotations().get("io.ballerina.distribution"));
        Layer layer = manifest.getLayers().get(0);
        Check.same("the digest of the layer", "sha256:" + bala.sha256(), layer.getDigest());
        Path saved = registry.work().resolve(bala.fileName());
        oras.fetchBlob(tagged.withDigest(layer.getDigest()), saved);
        Check.same("the digest of what was pulled", bala.sha256(),
                Bala.sha256(Files.readAllBytes(saved)));
        Check.same("a manifest by its digest", manifest.getJson(),
                oras.getManifest(tagged.withDigest(manifest.getDescriptor().getDigest())).getJson());
        Path folder = Files.createDirectories(registry.work().resolve("oras"));
        oras.pullArtifact(tagged, folder, false);
        Check.that(Files.exists(folder.resolve(bala.fileName())), "pullArtifact did not write " + bala.fileName());
    }

    /** What a build reads instead of the whole bala. */
    private void hasGraph(Bala bala, Bala library) {
        ContainerRef tagged = reference(bala, bala.version());
        String digest = oras.getManifest(tagged).getDescriptor().getDigest();
        List<ManifestDescriptor> referrers = oras.getReferrers(tagged.withDigest(digest), GRAPH).getManifests();
        Check.same("the referrers with a graph", 1, referrers.size());
        Manifest referrer = oras.getManifest(tagged.withDigest(referrers.get(0).getDigest()));
        Check.same("what the graph is about", digest, referrer.getSubject().getDigest());
        byte[] graph = oras.getBlob(tagged.withDigest(referrer.getLayers().get(0).getDigest()));
        String text = new String(graph, StandardCharsets.UTF_8);
        Check.contains("the graph", text, library.name());
        Check.contains("the graph", text, "\"modules\":[]");
    }

    /** The versions for whoever has `proxyCentral`, in older clients and in newer ones. */
    private void isIndexed(Bala bala) throws Exception {
        for (String tag : List.of("latest", "v2201-13-0")) {
            ContainerRef index = reference(bala, tag);
            Check.eventually("the index " + tag, () -> {
                Layer layer = oras.getManifest(index).getLayers().get(0);
                return new String(oras.getBlob(index.withDigest(layer.getDigest())), StandardCharsets.UTF_8);
            }, "[\"1.0.0\"]"::equals);
        }
    }

    private void asksForCredentials(Bala bala) {
        ContainerRef tagged = reference(bala, bala.version());
        try {
            connect(registry, Registry.USER, Registry.STRANGER).getManifest(tagged);
            throw new Check.Failed("a wrong token opens " + tagged);
        } catch (OrasException e) {
            Check.same("the status for a wrong token", 401, e.getStatusCode());
        }
    }
}
