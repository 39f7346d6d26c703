// JavaReader.java - what the Dogtag server itself reads from CS.cfg files.
//
// The server loads its CS.cfg through FileConfigStore and PropConfigStore
// (pki-cms.jar).  This program asks those very classes, so that our parser is
// compared with the server and not with somebody's idea of it.
//
//   java -cp PKI-JARS JavaReader.java DIR
//
// For every DIR/NAME.cfg it writes DIR/NAME.java: a line "HEXKEY HEXVALUE" per
// key, sorted, in the hexadecimal digits of the UTF-8 bytes of the Java string,
// or the one line "ERROR message" where the loader throws.
// One process reads the whole folder: thousands of files in seconds.

import com.netscape.cmscore.base.FileConfigStore;
import com.netscape.cmscore.base.PropConfigStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

public class JavaReader {

    static String hex(String s) {
        StringBuilder digits = new StringBuilder();
        for (byte b : s.getBytes(StandardCharsets.UTF_8)) {
            digits.append(String.format("%02x", b));
        }
        return digits.toString();
    }

    static List<String> read(Path file) {
        List<String> lines = new ArrayList<>();
        try {
            PropConfigStore config = new PropConfigStore(new FileConfigStore(file.toString()));
            config.load();
            for (Map.Entry<String, String> entry : config.getProperties().entrySet()) {
                lines.add(hex(entry.getKey()) + " " + hex(entry.getValue()));
            }
            Collections.sort(lines);
        } catch (Exception e) {
            lines.clear();
            lines.add("ERROR " + e.toString().replaceAll("\\s+", " "));
        }
        return lines;
    }

    public static void main(String[] args) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(args[0]), "*.cfg")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String stem = name.substring(0, name.length() - ".cfg".length());
                Files.write(file.resolveSibling(stem + ".java"), read(file), StandardCharsets.UTF_8);
            }
        }
    }
}
