package clients;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Drives a registry with each client: {@code ENDPOINT TOKEN-FILE WORK [LIMIT]}. With a limit, which is the size of the
 * largest package, the registry is one that was started for this: it is reached by its names, through a proxy and TLS.
 */
final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Registry registry = registry(arguments);
        Map<String, Callable<String>> clients = new LinkedHashMap<>();
        clients.put("OkHttp", () -> new CentralChecks(registry).run());
        clients.put("OkHttp on a slow line", () -> new CentralChecks(registry).refusesSlowly());
        clients.put("ORAS", () -> new OrasChecks(registry).run());
        clients.put("Maven's resolver", () -> new MavenChecks(registry).run());
        clients.put("Maven's resolver instead of Central", () -> new ProxyChecks(registry).run());
        clients.put("jib", () -> new JibChecks(registry).run());
        System.exit(drive(clients) ? 0 : 1); // some libraries leave threads
    }

    /** All at the same time: each has packages of its own. */
    private static boolean drive(Map<String, Callable<String>> clients) throws InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool();
        Map<String, Future<String>> results = new LinkedHashMap<>();
        clients.forEach((name, client) -> results.put(name, threads.submit(client)));
        boolean right = true;
        for (Map.Entry<String, Future<String>> result : results.entrySet()) {
            try {
                System.err.println("clients: " + result.getKey() + ": " + result.getValue().get());
            } catch (ExecutionException e) {
                right = false;
                System.err.println("clients: " + result.getKey() + " failed: " + e.getCause().getMessage());
                if (!(e.getCause() instanceof Check.Failed)) {
                    e.getCause().printStackTrace();
                }
            }
        }
        return right;
    }

    private static Registry registry(String[] arguments) throws Exception {
        URI endpoint = URI.create(arguments[0]);
        String token = Files.readString(Path.of(arguments[1])).strip();
        Path work = Path.of(arguments[2]);
        String run = Long.toString(System.currentTimeMillis(), 36);
        if (arguments.length == 3) {
            return new Registry(arguments[0], arguments[0], 0, token, 0, work, run);
        }
        Front front = new Front(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()));
        System.setProperty("https.proxyHost", "127.0.0.1");
        System.setProperty("https.proxyPort", String.valueOf(front.port()));
        return new Registry("https://api.central.ballerina.io", "https://packages.example.com", front.port(), token,
                Long.parseLong(arguments[3]), work, run);
    }
}
