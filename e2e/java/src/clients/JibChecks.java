package clients;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Credential;
import com.google.cloud.tools.jib.api.DescriptorDigest;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.RegistryUnauthorizedException;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.blob.Blobs;
import com.google.cloud.tools.jib.event.EventHandlers;
import com.google.cloud.tools.jib.http.Authorization;
import com.google.cloud.tools.jib.http.FailoverHttpClient;
import com.google.cloud.tools.jib.http.Request;
import com.google.cloud.tools.jib.http.Response;
import com.google.cloud.tools.jib.image.json.OciManifestTemplate;
import com.google.cloud.tools.jib.registry.RegistryClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** OCI by jib, with the requests of the client that is built on it. */
final class JibChecks {
    private final Registry registry;
    private final FailoverHttpClient http;

    JibChecks(Registry registry) {
        this.registry = registry;
        // Without TLS jib pushes no credentials unless it is told to; the client, which does not tell it, cannot push there.
        System.setProperty("sendCredentialsOverHttp", String.valueOf(registry.isOpen()));
        http = new FailoverHttpClient(registry.isOpen(), registry.isOpen(), event -> {});
    }

    String run() throws Exception {
        Bala bala = Bala.of(registry.name("jib"), "1.0.0");
        Check.same("a push by Central's API", 204, new Central(registry, registry.token()).push(bala).code());
        try {
            RegistryClient basic = connect(bala, registry.token());
            basic.configureBasicAuth();
            pulls(basic, bala);
            RegistryClient bearer = connect(bala, registry.token());
            boolean asked = bearer.doPullBearerAuth();
            Check.that(asked || !registry.isOwn(), "jib was not asked for a token");
            pulls(bearer, bala);
            Check.eventually("the tags", () -> tags(bala), tags -> tags.contains("[\"1.0.0\"]"));
            isClosed(bala);
            pushes();
        } finally {
            http.shutDown();
        }
        return "push, tags, a manifest and the bala, with a password and with a token for it";
    }

    private RegistryClient connect(Bala bala, String token) {
        return RegistryClient.factory(EventHandlers.NONE, registry.host(), bala.org() + "/" + bala.name(), http)
                .setCredential(Credential.from(Registry.USER, token)).newRegistryClient();
    }

    /** As an image of one layer, in which the bala is a file. */
    private void pushes() throws Exception {
        Bala bala = Bala.of(registry.name("jib_pushed"), "1.0.0");
        Path folder = Files.createDirectories(registry.work().resolve("jib"));
        Containerizer to = Containerizer.to(RegistryImage.named(registry.host() + "/" + bala.org() + "/" + bala.name() + ":" + bala.version())
                .addCredential(Registry.USER, registry.token())).setAllowInsecureRegistries(registry.isOpen()).setToolName("OciClient")
                .setApplicationLayersCache(folder).setBaseImageLayersCache(folder);
        Jib.fromScratch().setFormat(ImageFormat.OCI).addLayer(List.of(bala.writeTo(folder)), AbsoluteUnixPath.get("/")).containerize(to);
        Central central = new Central(registry, registry.token());
        Check.same("the digest by Central's API", "sha-256=" + bala.sha256(),
                central.describe(bala.name(), bala.version()).object().get("digest").getAsString());
        RegistryClient client = connect(bala, registry.token());
        client.configureBasicAuth();
        pulls(client, bala);
    }

    private static void pulls(RegistryClient client, Bala bala) throws IOException, RegistryException {
        OciManifestTemplate manifest = client.pullManifest(bala.version(), OciManifestTemplate.class).getManifest();
        DescriptorDigest layer = manifest.getLayers().get(0).getDigest();
        Check.same("the digest of the layer", bala.sha256(), layer.getHash());
        byte[] pulled = Blobs.writeToByteArray(client.pullBlob(layer, size -> {}, count -> {}));
        Check.same("the digest of what was pulled", bala.sha256(), Bala.sha256(pulled));
    }

    /** Jib has no call for them: the client asks by the HTTP client below it. */
    private String tags(Bala bala) throws IOException {
        URI url = URI.create(registry.url() + "/v2/" + bala.org() + "/" + bala.name() + "/tags/list");
        Authorization authorization = Authorization.fromBasicCredentials(Registry.USER, registry.token());
        try (Response answer = http.get(url.toURL(), Request.builder().setAuthorization(authorization).build())) {
            return new String(answer.getBody().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void isClosed(Bala bala) throws IOException, RegistryException {
        RegistryClient stranger = connect(bala, Registry.STRANGER);
        stranger.configureBasicAuth();
        try {
            stranger.pullManifest(bala.version(), OciManifestTemplate.class);
            throw new Check.Failed("a wrong token opens " + bala.coordinates());
        } catch (RegistryUnauthorizedException e) {
            Check.contains("what jib says to a wrong token", e.getMessage(), "Unauthorized");
        }
    }
}
