#!/usr/bin/python3
"""Stands in for Guacamole's web application where that cannot be had. It is not Guacamole.

GET  /html5/                                              a page that says what it is
POST /html5/api/tokens (form: username, password, token)  authToken, by the tables of guacdb; a known token stays
GET  /html5/api/session/data/postgresql/connections?token=…   those that the user may read
"""

import hashlib
import json
import os
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Stand-in, not Guacamole</title>
<h1>This is not Guacamole</h1><p>A stand-in of nova-ve's tests, where Guacamole's web application cannot be had.</p></html>"""
TOKENS = {}


def rows(sql, *values):
    with open(os.environ["POSTGRESQL_PASSWORD_FILE"], encoding="ascii") as file:
        password = file.read().strip()
    connection = psycopg2.connect(
        host=os.environ["POSTGRESQL_HOSTNAME"],
        port=os.environ.get("POSTGRESQL_PORT", "5432"),
        dbname=os.environ["POSTGRESQL_DATABASE"],
        user=os.environ["POSTGRESQL_USERNAME"],
        password=password,
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        connection.close()


def entity_of(username, password):
    """As Guacamole compares: SHA-256 of the password and the salt in upper-case hex."""
    found = rows(
        "select e.entity_id, u.password_hash, u.password_salt from guacamole_entity e join guacamole_user u using (entity_id)"
        " where e.type = 'USER' and e.name = %s and not u.disabled and not u.expired",
        username,
    )
    for entity, wanted, salt in found:
        text = password + (bytes(salt).hex().upper() if salt is not None else "")
        if secrets.compare_digest(hashlib.sha256(text.encode()).digest(), bytes(wanted)):
            return entity
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, kind, body):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def json(self, status, value):
        self.answer(status, "application/json", json.dumps(value))

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/html5/":
            return self.answer(200, "text/html; charset=utf-8", PAGE)
        if url.path == "/html5/api/session/data/postgresql/connections":
            token = parse_qs(url.query).get("token", [self.headers.get("Guacamole-Token", "")])[0]
            if token not in TOKENS:
                return self.json(403, {"message": "Permission denied.", "type": "PERMISSION_DENIED"})
            found = rows(
                "select c.connection_id, c.connection_name, c.protocol from guacamole_connection c"
                " join guacamole_connection_permission p using (connection_id) where p.entity_id = %s and p.permission = 'READ'",
                TOKENS[token],
            )
            return self.json(200, {str(i): {"identifier": str(i), "name": n, "protocol": p} for i, n, p in found})
        return self.json(404, {"message": "Not found.", "type": "NOT_FOUND"})

    def do_POST(self):
        if urlsplit(self.path).path != "/html5/api/tokens":
            return self.json(404, {"message": "Not found.", "type": "NOT_FOUND"})
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        username = form.get("username", [""])[0]
        entity = entity_of(username, form.get("password", [""])[0])
        if entity is None:
            return self.json(403, {"message": "Invalid login", "type": "INVALID_CREDENTIALS"})
        token = form.get("token", [""])[0]
        if TOKENS.get(token) != entity:
            token = secrets.token_hex(32)
            TOKENS[token] = entity
        return self.json(
            200,
            {"authToken": token, "username": username, "dataSource": "postgresql", "availableDataSources": ["postgresql"]},
        )

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
