package clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What a company puts in front: an HTTP proxy by which whatever host a client asks for is this registry, and TLS with a
 * certificate for that name. Bytes go through as they come, so that what a client hears and when is the registry's doing.
 */
final class Front {
    private final ServerSocket server;
    private final SSLContext tls;
    private final InetSocketAddress registry;

    /** Needs the key store that the system properties name. */
    Front(InetSocketAddress registry) throws Exception {
        this.registry = registry;
        tls = SSLContext.getDefault();
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(() -> {
            while (true) {
                Socket client = server.accept();
                start(() -> serve(client));
            }
        });
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            String head = head(client.getInputStream());
            if (!head.startsWith("CONNECT ")) {
                return;
            }
            client.getOutputStream().write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            try (SSLSocket inside = (SSLSocket) tls.getSocketFactory().createSocket(client, null, true);
                    Socket behind = new Socket()) {
                behind.connect(registry);
                Thread up = start(() -> copy(inside.getInputStream(), behind.getOutputStream(), behind));
                copy(behind.getInputStream(), inside.getOutputStream(), inside);
                up.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no head");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Until the end, which the other side is told. */
    private static void copy(InputStream from, OutputStream to, Socket other) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.write(buffer, 0, read);
        }
        other.shutdownOutput();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static Thread start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // One side has gone; the other one hears it when its socket is closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
