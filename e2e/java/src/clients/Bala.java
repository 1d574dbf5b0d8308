package clients;

import com.google.gson.Gson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A package, packed with the JDK's zip as {@code bal pack} does.
 *
 * @param graph what it was locked with, as it is pushed beside it
 */
record Bala(String org, String name, String version, String graph, byte[] bytes) {
    /** A small public package for every platform. Each dependency is one of these. */
    static Bala of(String name, String version, Bala... dependencies) {
        return of(name, version, "public", 0, dependencies);
    }

    /** One with so many bytes more, which do not compress. */
    static Bala padded(String name, String version, int padding) {
        return of(name, version, "public", padding);
    }

    /** One that is only for those who may read it. */
    static Bala hidden(String name, String version) {
        return of(name, version, "private", 0);
    }

    private static Bala of(String name, String version, String visibility, int padding, Bala... dependencies) {
        String org = Registry.ORG;
        List<Map<String, Object>> locked = new ArrayList<>();
        List<Map<String, Object>> direct = new ArrayList<>();
        for (Bala dependency : dependencies) {
            direct.add(dependency.node(List.of()));
            locked.add(dependency.node(List.of()));
        }
        locked.add(Map.of("org", org, "name", name, "version", version, "dependencies", direct));
        Map<String, Object> module = Map.of("org", org, "package_name", name, "version", version, "module_name", name,
                "dependencies", List.of());
        Map<String, Object> manifest = Map.ofEntries(
                Map.entry("organization", org), Map.entry("name", name), Map.entry("version", version),
                Map.entry("export", List.of(name)), Map.entry("ballerina_version", "2201.12.0"),
                Map.entry("implementation_vendor", "WSO2"), Map.entry("language_spec_version", "2024R1"),
                Map.entry("platform", "any"), Map.entry("graalvmCompatible", true), Map.entry("template", false),
                Map.entry("readme", "docs/README.md"), Map.entry("visibility", visibility),
                Map.entry("modules", List.of(Map.of("name", name, "export", true, "readme", "docs/README.md"))));
        String graph = new Gson().toJson(Map.of("packages", locked, "modules", List.of()));
        byte[] noise = new byte[padding];
        new Random(padding).nextBytes(noise);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            put(zip, "bala.json", Map.of("bala_version", "3.0.0", "built_by", "WSO2"));
            put(zip, "package.json", manifest);
            put(zip, "dependency-graph.json", Map.of("packages", locked, "modules", List.of(module)));
            put(zip, "docs/README.md", ("# " + name + "\n\nDrives a registry.\n").getBytes(StandardCharsets.UTF_8));
            put(zip, "modules/" + name + "/main.bal", "public function main() {\n}\n".getBytes(StandardCharsets.UTF_8));
            if (padding > 0) {
                put(zip, "resources/noise.bin", noise);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new Bala(org, name, version, graph, out.toByteArray());
    }

    private static void put(ZipOutputStream zip, String path, Object json) throws IOException {
        put(zip, path, new Gson().toJson(json).getBytes(StandardCharsets.UTF_8));
    }

    private static void put(ZipOutputStream zip, String path, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(path);
        entry.setTime(0); // equal input, equal bytes
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private Map<String, Object> node(List<Object> dependencies) {
        return Map.of("org", org, "name", name, "version", version, "dependencies", dependencies);
    }

    String coordinates() {
        return org + "/" + name + ":" + version;
    }

    String fileName() {
        return org + "-" + name + "-any-" + version + ".bala";
    }

    String sha256() {
        return sha256(bytes);
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest(bytes));
    }

    /** As the Java client writes a digest: as a number, whose leading zeros it drops. */
    String numericSha256() {
        return new BigInteger(1, digest(bytes)).toString(16);
    }

    Path writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Files.write(folder.resolve(fileName()), bytes);
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
