import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** One broker on loopback, filled; says where it listens, and ends with its standard input. Its folder is the argument. */
class Broker {
    private static final int ROWS = 2500;

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int[] ports = ports();
        String open = "127.0.0.1:" + ports[0];
        String jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
        String plain = "org.apache.kafka.common.security.plain.PlainLoginModule required user_reader=\"s3cret\";";
        List<String> settings = List.of(
            "process.roles=broker,controller", "node.id=1", "controller.quorum.voters=1@127.0.0.1:" + ports[3],
            "listeners=PLAINTEXT://" + open + ",SCRAM://127.0.0.1:" + ports[1] + ",PLAIN://127.0.0.1:" + ports[2]
                + ",CONTROLLER://127.0.0.1:" + ports[3],
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SCRAM:SASL_PLAINTEXT,PLAIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
            "listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-256",
            "listener.name.scram.scram-sha-256.sasl.jaas.config=" + jaas,
            "listener.name.plain.sasl.enabled.mechanisms=PLAIN",
            "listener.name.plain.plain.sasl.jaas.config=" + plain,
            "connection.failed.authentication.delay.ms=0", "auto.create.topics.enable=true",
            "offsets.topic.replication.factor=1", "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1", "log.dirs=" + folder.resolve("log"));
        Path properties = Files.write(folder.resolve("server.properties"), settings);
        kafka.tools.StorageTool.execute(
            new String[] {"format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", properties.toString(), "--add-scram",
                "SCRAM-SHA-256=[name=reader,password=s3cret]"}, System.err);
        Thread server = new Thread(() -> kafka.Kafka.main(new String[] {properties.toString()}));
        server.setDaemon(true);
        server.start();
        fill(open);
        System.out.println(open + " " + ports[1] + " " + ports[2]);
        System.out.flush();
        while (System.in.read() >= 0) { }
        Runtime.getRuntime().halt(0);
    }

    private static void fill(String at) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", at));
        List<String> packings = Arrays.asList("none", "gzip", "snappy", "lz4", "zstd");
        try (Admin admin = Admin.create(settings)) {
            for (String packing : packings) {
                admin.createTopics(List.of(new NewTopic("rows-" + packing, 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
            }
            admin.createTopics(List.of(new NewTopic("parts", 3, (short) 1), new NewTopic("empty", 1, (short) 1),
                new NewTopic("mixed", 1, (short) 1), new NewTopic("transactions", 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
        }
        for (String packing : packings) {
            try (KafkaProducer<String, String> producer = producer(settings, packing, null)) {
                for (int id = 1; id <= ROWS; id++) {
                    producer.send(new ProducerRecord<>("rows-" + packing, row(id)));
                }
            }
        }
        try (KafkaProducer<String, String> producer = producer(settings, "none", null)) {
            for (int id = 1; id <= ROWS; id++) {
                producer.send(new ProducerRecord<>("parts", (id - 1) / 1000, null, row(id)));
            }
            for (String value : Arrays.asList(row(1), "no JSON 13812345678", null, "[1]", row(2))) {
                producer.send(new ProducerRecord<>("mixed", "key", value));
            }
        }
        try (KafkaProducer<String, String> producer = producer(settings, "none", "writer")) {
            producer.initTransactions();
            for (int id = 1; id <= 4; id++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("transactions", row(id)));
                producer.flush();
                if (id % 2 == 0) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
    }

    private static KafkaProducer<String, String> producer(Map<String, Object> settings, String packing, String writer) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("compression.type", packing);
        all.put("linger.ms", 50);
        if (writer != null) {
            all.put("transactional.id", writer);
        }
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private static String row(int id) {
        return "{\"id\":" + id + ",\"name\":\"名" + id + "\"}";
    }

    /** Free ones. */
    private static int[] ports() throws Exception {
        ServerSocket[] sockets = new ServerSocket[4];
        int[] ports = new int[4];
        for (int each = 0; each < 4; each++) {
            sockets[each] = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
            ports[each] = sockets[each].getLocalPort();
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }
}
