package clients;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.maven.model.Model;
import org.apache.maven.model.io.xpp3.MavenXpp3Writer;
import org.apache.maven.repository.internal.MavenRepositorySystemUtils;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.connector.basic.BasicRepositoryConnectorFactory;
import org.eclipse.aether.deployment.DeployRequest;
import org.eclipse.aether.deployment.DeploymentException;
import org.eclipse.aether.impl.DefaultServiceLocator;
import org.eclipse.aether.metadata.DefaultMetadata;
import org.eclipse.aether.metadata.Metadata;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.Proxy;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.MetadataRequest;
import org.eclipse.aether.resolution.MetadataResult;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.spi.connector.RepositoryConnectorFactory;
import org.eclipse.aether.spi.connector.transport.GetTask;
import org.eclipse.aether.spi.connector.transport.PutTask;
import org.eclipse.aether.spi.connector.transport.Transporter;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.spi.connector.transport.TransporterProvider;
import org.eclipse.aether.transport.http.HttpTransporterFactory;
import org.eclipse.aether.util.artifact.SubArtifact;
import org.eclipse.aether.util.repository.AuthenticationBuilder;
import org.w3c.dom.Document;

/** A Maven repository by Maven's resolver, set up and used as the Java client does. Each remembers nothing of another. */
final class Maven {
    private final RepositorySystem system;
    private final TransporterProvider transporters;
    private final DefaultRepositorySystemSession session;
    private final RemoteRepository repository;
    private final Path local;

    Maven(Registry registry, String token) throws IOException {
        this(registry, token, "/2.0/maven");
    }

    /** Below another path. */
    Maven(Registry registry, String token, String path) throws IOException {
        DefaultServiceLocator services = MavenRepositorySystemUtils.newServiceLocator();
        services.addService(RepositoryConnectorFactory.class, BasicRepositoryConnectorFactory.class);
        services.addService(TransporterFactory.class, HttpTransporterFactory.class);
        system = services.getService(RepositorySystem.class);
        transporters = services.getService(TransporterProvider.class);
        session = MavenRepositorySystemUtils.newSession();
        local = Files.createTempDirectory(registry.work(), "m2");
        session.setLocalRepositoryManager(system.newLocalRepositoryManager(session, new LocalRepository(local.toFile())));
        session.setChecksumPolicy(RepositoryPolicy.CHECKSUM_POLICY_IGNORE);
        session.setUpdatePolicy(RepositoryPolicy.UPDATE_POLICY_ALWAYS);
        RemoteRepository.Builder builder = new RemoteRepository.Builder("barre", "default", registry.url() + path)
                .setAuthentication(new AuthenticationBuilder().addUsername(Registry.USER).addPassword(token).build());
        repository = (registry.front() == 0 ? builder : builder.setProxy(new Proxy(null, "127.0.0.1", registry.front()))).build();
    }

    void deploy(Bala bala) throws IOException, DeploymentException {
        Artifact artifact = new DefaultArtifact(bala.org(), bala.name(), "bala", bala.version())
                .setFile(bala.writeTo(local.resolve("deployed")).toFile());
        system.deploy(session, new DeployRequest().setRepository(repository).addArtifact(artifact)
                .addArtifact(new SubArtifact(artifact, "", "pom", pom(bala).toFile())));
    }

    private Path pom(Bala bala) throws IOException {
        Model model = new Model();
        model.setModelVersion("4.0.0");
        model.setGroupId(bala.org());
        model.setArtifactId(bala.name());
        model.setVersion(bala.version());
        model.setPackaging("bala");
        Path pom = Files.createTempFile(local, "pom", ".xml");
        try (Writer writer = new OutputStreamWriter(Files.newOutputStream(pom), StandardCharsets.UTF_8)) {
            new MavenXpp3Writer().write(writer, model);
        }
        return pom;
    }

    /** Puts a file beside a bala as it is, without checksums. */
    void attach(Bala bala, String file, byte[] bytes) throws Exception {
        try (Transporter transporter = transporters.newTransporter(session, repository)) {
            transporter.put(new PutTask(beside(bala, file)).setDataBytes(bytes));
        }
    }

    byte[] attached(Bala bala, String file) throws Exception {
        try (Transporter transporter = transporters.newTransporter(session, repository)) {
            GetTask task = new GetTask(beside(bala, file));
            transporter.get(task);
            return task.getDataBytes();
        }
    }

    private static URI beside(Bala bala, String file) {
        return URI.create(bala.org() + "/" + bala.name() + "/" + bala.version() + "/" + file);
    }

    List<String> versions(String name) throws VersionRangeResolutionException {
        Artifact all = new DefaultArtifact(Registry.ORG, name, "bala", "[0,)");
        return system.resolveVersionRange(session, new VersionRangeRequest(all, List.of(repository), null)).getVersions().stream()
                .map(Object::toString).toList();
    }

    byte[] pull(Bala bala) throws ArtifactResolutionException, IOException {
        return file(bala, "", "bala");
    }

    /** What is beside a bala, or the bala itself. */
    byte[] file(Bala bala, String classifier, String extension) throws ArtifactResolutionException, IOException {
        Artifact artifact = new DefaultArtifact(bala.org(), bala.name(), classifier, extension, bala.version());
        return Files.readAllBytes(system.resolveArtifact(session, new ArtifactRequest(artifact, List.of(repository), null))
                .getArtifact().getFile().toPath());
    }

    /** The document of this name that the client asks for as metadata; it takes none with a DOCTYPE. */
    Document metadata(String group, String artifact) throws Exception {
        Metadata wanted = new DefaultMetadata("v2201-13-0." + group, artifact, "maven-metadata.xml",
                Metadata.Nature.RELEASE_OR_SNAPSHOT);
        MetadataResult result = system.resolveMetadata(session, List.of(new MetadataRequest(wanted, repository, null))).get(0);
        Check.that(result.getMetadata() != null, "there is no metadata of " + group + "/" + artifact + ": " + result.getException());
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
        factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
        factory.setExpandEntityReferences(false);
        return factory.newDocumentBuilder().parse(result.getMetadata().getFile());
    }
}
