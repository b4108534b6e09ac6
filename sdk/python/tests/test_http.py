"""Requests without WebAssembly: Python's own client stands in for the worker's."""

import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from caisson_sdk import ConnectError, RetriableError, http, testing


class Echo(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = f"{self.command} {self.path} {self.headers.get('Content-Type')} {self.headers.get('X-Key')} ".encode() + body
        self.send_response(429 if self.path == "/busy" else 200)
        self.send_header("X-Why", "load")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *arguments):
        pass


class Http(unittest.TestCase):
    def setUp(self):
        testing.new_host()
        server = HTTPServer(("127.0.0.1", 0), Echo)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def test_requests_are_sent_with_headers_and_bodies(self):
        self.assertEqual(http.get(f"{self.url}/a?b=c").text(), "GET /a?b=c None None ")
        self.assertEqual(http.get(self.url, headers={"X-Key": "k"}).text(), "GET / None k ")
        self.assertEqual(http.post(f"{self.url}/a", json={"b": 1}).text(), 'POST /a application/json None {"b": 1}')
        self.assertEqual(http.put(f"{self.url}/a", "grün").body, "PUT /a None None grün".encode())
        self.assertEqual(http.delete(f"{self.url}/a", timeout=60).text(), "DELETE /a None None ")

    def test_a_refusal_is_a_response_too(self):
        answer = http.get(f"{self.url}/busy")
        self.assertEqual((answer.status, answer.header("x-why"), answer.header("x-none")), (429, "load", None))

    def test_what_cannot_be_sent_or_is_too_long_is_told(self):
        for url in ("ftp://a/", "a/b", "http:///b", "http://user:secret@a/"):
            with self.subTest(url=url), self.assertRaises(ConnectError) as told:
                http.get(url)
            self.assertNotIn("secret", str(told.exception))
        with self.assertRaisesRegex(ConnectError, "longer than 5 bytes"):
            http.get(self.url, most=5)
        with self.assertRaisesRegex(RetriableError, "GET http://127.0.0.1:1/a: "):
            http.get("http://127.0.0.1:1/a")


if __name__ == "__main__":
    unittest.main()
