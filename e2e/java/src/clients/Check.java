package clients;

import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** What must hold; otherwise the run ends with a sentence. */
final class Check {
    /** Lists and search are at most a second old, on any pod. */
    private static final long PATIENCE_MS = 5_000;

    /** Of a sentence: what was found may be a whole document. */
    private static final int LONGEST = 2_000;

    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failed(String message) {
            super(message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message);
        }
    }

    private Check() {}

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new Failed(otherwise);
        }
    }

    static void same(String what, Object expected, Object found) {
        that(expected.equals(found), what + " is " + found + " instead of " + expected);
    }

    static void contains(String what, String text, String part) {
        that(text != null && text.contains(part), what + " does not say \"" + part + "\": " + text);
    }

    /** Asks again until it is as it should be, and gives what was found. */
    static <T> T eventually(String what, Callable<T> look, Predicate<T> wanted) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE_MS;
        while (true) {
            T found = look.call();
            if (wanted.test(found)) {
                return found;
            }
            that(System.currentTimeMillis() < end, what + " stays " + found);
            Thread.sleep(100);
        }
    }
}
