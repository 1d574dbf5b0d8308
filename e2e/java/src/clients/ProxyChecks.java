package clients;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What {@code bal} reads from a Maven repository with {@code proxyCentral = true}, instead of asking Central. */
final class ProxyChecks {
    private final Registry registry;
    private final Bala library;
    private final Bala bala;

    ProxyChecks(Registry registry) {
        this.registry = registry;
        library = Bala.of(registry.name("proxied_library"), "1.0.0");
        bala = Bala.of(registry.name("proxied"), "1.0.0", library);
    }

    String run() throws Exception {
        Central central = new Central(registry, registry.token());
        Check.same("a push by Central's API", 204, central.push(library).code());
        Check.same("a push by Central's API", 204, central.push(bala).code());
        hasVersions();
        isFound();
        hasGraph();
        Check.same("the digest of what was pulled", bala.sha256(), Bala.sha256(connect().pull(bala)));
        return "versions, searches, the locked graph, listeners and pull";
    }

    private Maven connect() throws java.io.IOException {
        return new Maven(registry, registry.token());
    }

    private void hasVersions() throws Exception {
        Document document = Check.eventually("the versions", () -> connect().metadata(bala.org(), bala.name()),
                found -> found.getElementsByTagName("version").getLength() == 1);
        Element version = (Element) document.getElementsByTagName("version").item(0);
        Check.same("the group", "v2201-13-0." + bala.org(), text(document.getDocumentElement(), "groupId"));
        Check.same("the artifact", bala.name(), text(document.getDocumentElement(), "artifactId"));
        Check.same("the number", "1.0.0", text(version, "number"));
        Check.same("the platform", "any", text(version, "platform"));
        Check.same("isDeprecated", "false", text(version, "isDeprecated"));
        Check.same("the distribution", "2201.12.0", text(version, "ballerinaVersion"));
    }

    private void isFound() throws Exception {
        Check.eventually("what a search finds first", () -> first(search("__packagesearch__", "q=" + bala.name())), bala.name()::equals);
        Document found = search("__packagesearch__", "q=" + bala.name());
        Element first = (Element) found.getElementsByTagName("package").item(0);
        Check.same("its organization", bala.org(), text(first, "org"));
        Check.same("its version", "1.0.0", text(first, "version"));
        Check.that(Long.parseLong(text(first, "createdDate")) > 0, "createdDate is no time");
        Check.same("what an editor finds first", bala.name(),
                first(search("__packagesearchsolr__", "q=" + bala.name() + "&limit=10&offset=0")));
        // In Base64 the second has a plus, and the third a slash.
        for (String other : new String[] {"__toolsearch__", "__symbolsearch__", "__connectorsearch__", "__packagesearch__"}) {
            for (String query : new String[] {"q=nothing", "q=>", "q=a>?ÿ>"}) {
                search(other, query);
            }
        }
    }

    private static String first(Document found) {
        NodeList packages = found.getElementsByTagName("package");
        return packages.getLength() == 0 ? "nothing" : text((Element) packages.item(0), "name");
    }

    private Document search(String group, String query) throws Exception {
        return connect().metadata(group, Base64.getEncoder().withoutPadding().encodeToString(query.getBytes(StandardCharsets.UTF_8)));
    }

    private void hasGraph() throws Exception {
        JsonObject graph = json("depgraph").getAsJsonArray("resolved").get(0).getAsJsonObject();
        Check.same("the name in the graph", bala.name(), graph.get("name").getAsString());
        Check.same("its nodes", 2, graph.getAsJsonArray("dependencyGraph").size());
        Check.contains("the graph", graph.toString(), library.name());
        json("listeners").getAsJsonObject("data").getAsJsonObject("apiDocs").getAsJsonObject("docsData").getAsJsonArray("modules");
    }

    private JsonObject json(String classifier) throws Exception {
        return new Gson().fromJson(new String(connect().file(bala, classifier, "json"), StandardCharsets.UTF_8), JsonObject.class);
    }

    private static String text(Element parent, String tag) {
        NodeList found = parent.getElementsByTagName(tag);
        Check.that(found.getLength() > 0, parent.getTagName() + " has no " + tag);
        return found.item(0).getTextContent().trim();
    }
}
