package clients;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Central's API by OkHttp, set up and read as the Java client does: a client for each call, and no redirect is followed. */
final class Central {
    private static final String PLATFORMS = "java25,java21,java17,java11,any";
    private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");
    private static final MediaType BYTES = MediaType.get("application/octet-stream");
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final String base;
    private final String token;
    private final Interceptor between;

    Central(Registry registry, String token) {
        this(registry, token, chain -> chain.proceed(chain.request()));
    }

    /** With something between the client and the registry. */
    Central(Registry registry, String token, Interceptor between) {
        base = registry.central() + "/2.0/registry";
        this.token = token;
        this.between = between;
    }

    /** An answer that has been read to its end, as the client reads it: a body is looked at only if it is JSON. */
    record Answer(Response head, byte[] bytes) {
        int code() {
            return head.code();
        }

        boolean isJson() {
            String type = head.header("Content-Type");
            return type != null && type.startsWith("application/json");
        }

        JsonElement json() {
            Check.that(isJson(), head.request().url() + " is answered with " + code() + " and no JSON");
            return new Gson().fromJson(new String(bytes, StandardCharsets.UTF_8), JsonElement.class);
        }

        JsonObject object() {
            return json().getAsJsonObject();
        }

        /** The sentence that a person is shown. */
        String message() {
            return code() + " " + object().get("message").getAsString();
        }
    }

    Answer versions(String name) throws IOException {
        return call(ask("/packages/" + Registry.ORG + "/" + name).get());
    }

    List<String> listed(String name) throws IOException {
        List<String> versions = new ArrayList<>();
        versions(name).json().getAsJsonArray().forEach(version -> versions.add(version.getAsString()));
        return versions;
    }

    Answer describe(String name, String version) throws IOException {
        return call(ask("/packages/" + Registry.ORG + "/" + name + "/" + version).get());
    }

    Answer push(Bala bala) throws IOException {
        return push(bala, RequestBody.create(BYTES, bala.bytes()));
    }

    Answer push(Bala bala, RequestBody file) throws IOException {
        RequestBody form = new MultipartBody.Builder().setType(MultipartBody.FORM)
                .addFormDataPart("bala-file", bala.fileName(), file).build();
        return call(ask("/packages").header("Ballerina-Platform", "any")
                .addHeader("digest", "sha-256=" + bala.numericSha256()).post(form));
    }

    /** Where the bytes are. */
    Answer locate(String name, String version) throws IOException {
        return call(ask("/packages/" + Registry.ORG + "/" + name + "/" + version).get()
                .addHeader("Accept-Encoding", "identity").addHeader("Accept", "application/octet-stream"));
    }

    Answer download(String location, String disposition) throws IOException {
        return call(request(location).get().header("Accept-Encoding", "identity")
                .addHeader("Content-Disposition", disposition));
    }

    Answer resolve(String what, Object question) throws IOException {
        return call(ask("/packages/" + what).addHeader("Accept-Encoding", "identity")
                .post(RequestBody.create(JSON, new Gson().toJson(question))));
    }

    JsonArray search(String query) throws IOException {
        JsonObject found = call(ask("/packages/?q=" + query).get()).object();
        Check.same("what a search counts", found.get("count").getAsInt(), found.getAsJsonArray("packages").size());
        return found.getAsJsonArray("packages");
    }

    Answer deprecate(String name, String version, String message) throws IOException {
        return put("deprecate", name, version, Map.of("message", message));
    }

    Answer undeprecate(String name, String version) throws IOException {
        return put("undeprecate", name, version, Map.of());
    }

    private Answer put(String what, String name, String version, Object body) throws IOException {
        return call(ask("/packages/" + what + "/" + Registry.ORG + "/" + name + "/" + version)
                .header("Ballerina-Platform", "java17").addHeader("Accept-Encoding", "identity")
                .put(RequestBody.create(JSON, new Gson().toJson(body))));
    }

    private Request.Builder ask(String path) {
        return request(base + path);
    }

    private Request.Builder request(String url) {
        return new Request.Builder().url(url).addHeader("Ballerina-Platform", PLATFORMS).addHeader("User-Agent", "2201.13.4")
                .addHeader("Authorization", "Bearer " + token);
    }

    private Answer call(Request.Builder request) throws IOException {
        OkHttpClient client = new OkHttpClient.Builder().connectTimeout(TIMEOUT).readTimeout(TIMEOUT).writeTimeout(TIMEOUT)
                .followRedirects(false).retryOnConnectionFailure(true).addInterceptor(Central::again).addInterceptor(between)
                .build();
        try (Response answer = client.newCall(request.build()).execute()) {
            return new Answer(answer, answer.body().bytes());
        } finally {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }

    /** Whatever was asked is asked once more, at once, when the server says that it is to blame. */
    private static Response again(Interceptor.Chain chain) throws IOException {
        Response answer = chain.proceed(chain.request());
        if (answer.code() < 500) {
            return answer;
        }
        answer.close();
        return chain.proceed(chain.request());
    }
}
