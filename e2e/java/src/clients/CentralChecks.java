package clients;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipFile;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;

/** What a person does with {@code bal} and Central's API, one thing after the other. */
final class CentralChecks {
    private static final String PREFIX = "attachment; filename=";

    private final Registry registry;
    private final Central central;
    private final Bala library;
    private final Bala service;

    CentralChecks(Registry registry) {
        this.registry = registry;
        central = new Central(registry, registry.token());
        library = Bala.of(registry.name("library"), "1.0.0");
        service = Bala.of(registry.name("service"), "1.0.0", library);
    }

    String run() throws Exception {
        isNotThere();
        pushes();
        pulls();
        resolves();
        searches();
        deprecates();
        refusals();
        return "push, repeated push, versions, pull, resolution, search, deprecation and the sentences of refusals";
    }

    private void isNotThere() throws IOException {
        refused("the versions of nothing", central.versions(library.name()), "404 package not found:");
        refused("a version of nothing", central.describe(library.name(), "1.0.0"), "404 package not found for:");
        refused("the pull of nothing", central.locate(library.name(), "*"), "404 package not found");
    }

    /** The answer to the first try is lost, as behind a proxy that gave up waiting. */
    private void pushes() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        Central lossy = new Central(registry, registry.token(), chain -> {
            Response answer = chain.proceed(chain.request());
            if (tries.incrementAndGet() > 1) {
                return answer;
            }
            answer.close();
            return new Response.Builder().request(chain.request()).protocol(Protocol.HTTP_1_1).code(504)
                    .message("Gateway Timeout").body(ResponseBody.create(MediaType.get("text/plain"), "")).build();
        });
        Check.same("a push that is repeated", 204, lossy.push(library).code());
        Check.same("its tries", 2, tries.get());
        Check.same("a push", 204, central.push(service).code());
        Check.same("a push of a newer version", 204, central.push(Bala.of(library.name(), "1.1.0")).code());
        Check.eventually("the list of versions", () -> central.listed(library.name()),
                List.of("1.1.0", "1.0.0")::equals);
        JsonObject described = central.describe(library.name(), "1.0.0").object();
        Check.same("the digest of a version", "sha-256=" + library.sha256(), described.get("digest").getAsString());
        isPrintable(described);
    }

    private void pulls() throws Exception {
        pull(library, "1.0.0");
        Bala newest = Bala.of(library.name(), "1.1.0");
        Check.eventually("what * leads to", () -> central.locate(library.name(), "*").head().header("Location"),
                location -> location.contains("/1.1.0/"));
        pull(newest, "*");
    }

    /** In two steps, into a folder whose name is cut out of a header and a link. */
    private void pull(Bala bala, String version) throws IOException {
        Central.Answer found = central.locate(bala.name(), version);
        Check.same("the answer to a pull", 302, found.code());
        String location = found.head().header("Location");
        String disposition = found.head().header("Content-Disposition");
        Check.that(location.startsWith(registry.central() + "/"), "the bytes are elsewhere: " + location);
        Central.Answer download = central.download(location, disposition);
        Check.same("the answer to a download", 200, download.code());
        Check.same("Content-Length", String.valueOf(bala.bytes().length), download.head().header("Content-Length"));
        String[] parts = location.split("/");
        Check.same("the version in " + location, bala.version(), parts[parts.length - 2]);
        Check.that(disposition.startsWith(PREFIX), "Content-Disposition is " + disposition);
        String file = disposition.substring(PREFIX.length());
        String platform = file.split(bala.name() + "-")[1].split("-" + bala.version())[0];
        Check.same("the platform in " + file, "any", platform);
        Check.same("the digest in the header", "sha-256=" + bala.sha256(), found.head().header("digest"));
        Check.same("the digest of what was pulled", bala.sha256(), Bala.sha256(download.bytes()));
        Path saved = bala.writeTo(Files.createDirectories(registry.work().resolve("central").resolve(version.replace('*', 'x'))));
        try (ZipFile zip = new ZipFile(saved.toFile())) {
            Check.that(zip.getEntry("package.json") != null, saved + " cannot be installed");
        }
    }

    private void resolves() throws Exception {
        Map<String, Object> packages = Map.of("packages",
                List.of(Map.of("org", Registry.ORG, "name", service.name(), "mode", "soft"),
                        Map.of("org", Registry.ORG, "name", registry.name("nothing"), "version", "1.0.0", "mode", "hard")));
        JsonObject answer = Check.eventually("what a build is told", () -> central.resolve("resolve-dependencies", packages).object(),
                told -> told.getAsJsonArray("resolved").size() == 1);
        Check.same("what cannot be resolved", 1, answer.getAsJsonArray("unresolved").size());
        JsonObject resolved = answer.getAsJsonArray("resolved").get(0).getAsJsonObject();
        Check.same("the version", "1.0.0", resolved.get("version").getAsString());
        Check.that(!resolved.get("isDeprecated").getAsBoolean(), "the version is deprecated");
        JsonArray graph = resolved.getAsJsonArray("dependencyGraph");
        Check.same("the nodes of the graph", 2, graph.size());
        Check.contains("the graph", graph.toString(), library.name());

        Map<String, Object> modules = Map.of("modules",
                List.of(Map.of("organization", Registry.ORG, "moduleName", library.name())));
        Check.eventually("what has a module", () -> {
            JsonObject module = central.resolve("resolve-modules", modules).object().getAsJsonArray("resolvedModules").get(0)
                    .getAsJsonObject();
            return module.get("packageName").getAsString() + ":" + module.get("version").getAsString();
        }, (library.name() + ":1.1.0")::equals);
    }

    private void searches() throws Exception {
        Check.eventually("what a search finds", () -> central.search(library.name()), found -> found.size() > 0
                && library.name().equals(found.get(0).getAsJsonObject().get("name").getAsString())).forEach(CentralChecks::isPrintable);
    }

    /** Where one of these is missing, `bal search` ends with a NullPointerException. */
    private static void isPrintable(JsonElement found) {
        for (String field : List.of("organization", "name", "summary", "createdDate", "version", "authors")) {
            JsonElement value = found.getAsJsonObject().get(field);
            Check.that(value != null && !value.isJsonNull(), "a package comes without " + field);
        }
        found.getAsJsonObject().getAsJsonArray("authors");
        Check.that(found.getAsJsonObject().get("createdDate").getAsLong() > 0, "createdDate is no time");
    }

    private void deprecates() throws Exception {
        JsonObject answer = central.deprecate(library.name(), "1.0.0", "use 1.1.0").object();
        Check.that(answer.get("isDeprecated").getAsBoolean(), "it is not deprecated: " + answer);
        Response pulled = Check.eventually("the header of a deprecated pull",
                () -> central.locate(library.name(), "1.0.0").head(), head -> "true".equals(head.header("isdeprecated")));
        Check.same("the reason", "use 1.1.0", pulled.header("deprecatemessage"));
        Check.that(!central.undeprecate(library.name(), "1.0.0").object().get("isDeprecated").getAsBoolean(), "it stays deprecated");
    }

    /** The client writes all of a request before it reads the answer, which was there long before. */
    private void refusals() throws Exception {
        Bala other = Bala.padded(library.name(), "1.0.0", 100);
        refused("a push of other bytes", central.push(other), "400 ");
        Central stranger = new Central(registry, Registry.STRANGER);
        refused("a push with a wrong token", stranger.push(Bala.padded(registry.name("large"), "1.0.0", 12 << 20)), "401 ");
        if (registry.isOwn()) {
            Bala tooLarge = Bala.padded(registry.name("large"), "1.0.0", (int) registry.limit() * 2);
            refused("a push that is too large", central.push(tooLarge), "400 ");
        }
    }

    /** The sentence comes also to who sends on for longer than a server likes to listen. */
    String refusesSlowly() throws IOException {
        refused("a slow push with a wrong token", new Central(registry, Registry.STRANGER).push(service, slowly(2 << 20, 160 << 10)), "401 ");
        return "the sentence of a refusal";
    }

    private static void refused(String what, Central.Answer answer, String begin) {
        String message = answer.message();
        Check.that(message.startsWith(begin), what + " is answered with \"" + message + "\" instead of \"" + begin + "…\"");
    }

    /** A file of this size on a line of so many bytes a second. */
    private static RequestBody slowly(int size, int rate) {
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return MediaType.get("application/octet-stream");
            }

            @Override
            public long contentLength() {
                return size;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                byte[] piece = new byte[rate / 10];
                for (int sent = 0; sent < size; sent += piece.length) {
                    sink.write(piece, 0, Math.min(piece.length, size - sent));
                    sink.flush();
                    try {
                        Thread.sleep(100);
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
            }
        };
    }
}
