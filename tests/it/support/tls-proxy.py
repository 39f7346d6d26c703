"""TLS in front of a server on loopback: tls-proxy.py KEY CERTIFICATE PORT [CA]. Prints its own port.

With a CA it takes none but those who show a certificate of that CA's."""
import os
import socket
import ssl
import sys
import threading

key, certificate, port, *cas = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
for ca in cas:
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(client):
    try:
        with context.wrap_socket(client, server_side=True, do_handshake_on_connect=False) as outer:
            try:
                outer.do_handshake()
            except ssl.SSLError:
                # Closed with bytes unread, the connection would be reset, and the alert that was sent be lost.
                socket.socket.shutdown(outer, socket.SHUT_WR)
                while os.read(outer.fileno(), 65536):
                    pass
                return
            with socket.create_connection(("127.0.0.1", int(port))) as inner:
                threading.Thread(target=copy, args=(outer, inner), daemon=True).start()
                copy(inner, outer)
    except OSError:
        pass


with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
