package clients;

import java.nio.file.Path;

/**
 * The registry that is driven.
 *
 * @param central where Central's API is, without what follows the host
 * @param url     the same for what has an address of its own in Settings.toml: OCI and Maven
 * @param front   the port of the proxy that leads there, 0 without one
 * @param token   publishes to every organization
 * @param limit   the largest package in bytes, 0 where that is not known
 * @param work    a folder for what is pulled
 * @param run     differs from run to run, because a registry may be driven more than once
 */
record Registry(String central, String url, int front, String token, long limit, Path work, String run) {
    static final String ORG = "clients";
    /** By any name: what counts is the token. */
    static final String USER = "whoever";
    /** A token that opens nothing. */
    static final String STRANGER = "barre_" + "x".repeat(43);

    /** Where the registry is, without the scheme. */
    String host() {
        return url.replaceFirst("^https?://", "");
    }

    /** Whether it was started for this run, and lets nobody in without a token. */
    boolean isOwn() {
        return limit > 0;
    }

    boolean isOpen() {
        return url.startsWith("http://");
    }

    /** A package's name that nobody has used. */
    String name(String begin) {
        return begin + "_" + run;
    }
}
