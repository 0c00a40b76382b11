"""Settings in blocks: they are closed where they were opened, and come with what names them."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

SERVERS = """\
ServerRoot "/etc/apache2"
Timeout 300

<VirtualHost *:80>
    ServerName www.example.com
    DocumentRoot /var/www/html
    <Directory /var/www/html>
        Options Indexes FollowSymLinks
        AllowOverride None
    </Directory>
</VirtualHost>

<VirtualHost *:443>
    ServerName shop.example.com
    DocumentRoot /var/www/shop
    <Location /admin>
        Require ip 10.0.0.0/8
    </Location>
</VirtualHost>
"""
PROXY = """\
user www-data;

events {
    worker_connections 768;
}

http {
    sendfile on;

    server {
        listen 443 ssl;
        server_name shop.example.com;

        location /api/ {
            proxy_pass http://backend;
            proxy_read_timeout 120s;
        }

        location /static/ {
            root /var/www/shop;
            expires 30d;
        }
    }

    server {
        listen 80;
        server_name blog.example.com;
    }
}
"""


@pytest.mark.parametrize("name", ["notes", "server.conf"])
@pytest.mark.parametrize("tokens", [40, 60, 90])
def test_blocks_of_settings_are_closed_where_they_were_opened(name, tokens):
    text = ragzip.compress(
        ragzip.Document(name, PROXY), "What is the read timeout of the API proxy?", target_tokens=tokens, cache=SCORES
    ).text
    lines = [line for line in text.splitlines() if line.strip()]
    assert "            proxy_read_timeout 120s;" in lines
    columns = []  # of what is open
    for line in lines:
        column = len(line) - len(line.lstrip())
        if line.strip() == "}":
            assert columns.pop() == column
        assert column == 4 * len(columns)
        columns += [column] if line.endswith("{") else []
    assert not columns
    text = ragzip.compress(
        ragzip.Document(name, SERVERS), "Which addresses may see admin?", target_tokens=tokens, cache=SCORES
    ).text
    assert "<Location /admin>\n        Require ip 10.0.0.0/8\n    </Location>\n</VirtualHost>" in text
    assert text.count("<VirtualHost") == text.count("</VirtualHost>")


def test_a_block_without_a_name_comes_with_the_line_that_names_it():
    servers = "".join(
        f"    server {{\n        server_name {name}.example;\n        location / {{\n            proxy_pass http://{name};\n"
        f"            proxy_read_timeout {seconds}s;\n        }}\n    }}\n"
        for name, seconds in [("www", 30), ("api", 90), ("upload", 600), ("admin", 45)]
    )
    source = f"user www-data;\nworker_processes auto;\n\nhttp {{\n    proxy_read_timeout 60s;\n{servers}}}\n"
    for tokens in (45, 70, 100):
        text = ragzip.compress(
            source, "What is the proxy read timeout for upload.example?", target_tokens=tokens, cache=SCORES
        ).text
        assert "server_name upload.example;" in text and "proxy_read_timeout 600s;" in text
        assert text.count("server {") == text.count("server_name") and text.count("{") == text.count("}")


SECTIONS = "".join(
    f"[{name}]\ndb_host = {name}-1\ndb_port = {port}\nmail = {mail}\ncache_ttl = {ttl}\n\n"
    for name, port, mail, ttl in [
        ("dev", 5432, "false", 5),
        ("staging", 5433, "false", 60),
        ("prod", 6432, "true", 600),
    ]
)


@pytest.mark.parametrize(
    ("query", "setting"),
    [
        ("What is the database port in prod?", "[prod]\ndb_port = 6432"),
        ("Is mail on in production?", "[prod]\nmail = true"),
        ("What is the cache ttl in staging?", "[staging]\ncache_ttl = 60"),
    ],
)
def test_a_section_that_is_named_comes_first(query, setting):
    assert ragzip.compress(ragzip.Document("a.ini", SECTIONS), query, target_tokens=12, cache=SCORES).text == setting


TOML_OF_LISTS = """\
[project]
name = "orbit"
dependencies = [
  "httpx>=0.27",
  # of the settings
  "pydantic>=2.6,<3",
]

[tool.check]
strict = true

[tool.test]
markers = [
  "slow: takes more than a second",
  "net: needs the network",
]
help = '''
Two lines
of text
'''

[[tool.check.overrides]]
module = "requests.*"
ignore_missing = true
"""
LIBRARY = """\
openapi: 3.0.3
paths:
  /books:
    post:
      requestBody:
        $ref: '#/components/Book'
      responses:
        201:
          description: Created
  /books/{isbn}:
    delete:
      responses:
        204:
          description: Removed
        423:
          description: The book is on loan
"""
PIPELINE = """\
stages: [lint, test]
.base: &base
  image: python:3.12
lint:
  <<: *base
  script: ruff check .
test:unit:
  <<: *base
  timeout: 20m
test:load:
  timeout: 90m
"""


@pytest.mark.parametrize(
    ("source", "kind", "query", "kept"),
    [
        (TOML_OF_LISTS, "config", "Is a missing module ignored?", '[[tool.check.overrides]]\nmodule = "requests.*"'),
        (TOML_OF_LISTS, "config", "What does the marker net mean?", "[tool.test]\nmarkers = ["),
        (LIBRARY, "yaml", "What comes when a book on loan is removed?", "  /books/{isbn}:\n    delete:\n"),
        (PIPELINE, "yaml", "What is the timeout of test:load?", "test:load:\n  timeout: 90m"),
    ],
)
def test_settings_of_an_unknown_type_are_told_by_their_keys(source, kind, query, kept):
    assert structure_of(source, "text/plain", "0").kind == kind
    assert kept in ragzip.compress(source, query, target_tokens=50, cache=SCORES).text


def test_an_open_bracket_makes_no_settings():
    prose = "[Note]\na = [\n" + "The list goes on, and nobody closes it.\n" * 12 + "b = 1\nc = 2\n"
    assert structure_of(prose, "text/plain", "0").kind != "config"


ENVIRONMENT = "DB_URL=postgres://db/app\n# only for tests\nTEST_DB_URL=postgres://localhost/t\nCACHE_TTL=300\n"
SCRIPT = """\
# copies the build
set -e
if [ "$1" = "prod" ]; then
  HOST=prod.example.com
else
  HOST=test.example.com
fi
rsync -a build/ "$HOST:/srv"
"""
LOOP = 'cd /srv\nfor name in a b; do\n  cp "$name" out/\ndone | tee log\nls out\n'


def test_a_comment_belongs_to_the_setting_below_it():
    assert structure_of(ENVIRONMENT, "text/plain", "0").kind == "config"
    for target_tokens in range(8, 34, 3):
        text = ragzip.compress(ENVIRONMENT, "What is the cache TTL?", target_tokens=target_tokens, cache=False).text
        assert ("only for tests" in text) == ("TEST_DB_URL" in text)


@pytest.mark.parametrize(
    "source",
    ["a=1\nb=2\nc=3\n", "# Sums\nx = 1 and y = 2.\nThen z = 3.\nSo a = 4.\n", "# a\nA=1\nB=2\nThe end is C=3.\n"],
)
def test_what_is_no_file_of_bare_settings(source):
    assert structure_of(source, "text/plain", "0").kind != "config"


@pytest.mark.parametrize("source", [SCRIPT, LOOP])
def test_a_script_of_the_shell_without_its_first_line(source):
    assert structure_of(source, "text/plain", "0").kind == "code"
    for target_tokens in range(8, 60, 6):
        text = ragzip.compress(source, "Which host is for prod?", target_tokens=target_tokens, cache=False).text
        assert ("else" in text or "fi" in text.split()) <= ("then" in text)
        assert text.count(" do\n") == text.count("\ndone")


def test_words_of_the_shell_in_prose_make_no_script():
    prose = "if it rains; then\nwe stay at home and wait.\nAnd all is\ndone\nfor today.\nIt was a long day.\n"
    assert structure_of(prose, "text/plain", "0").kind != "code"


BELOW = """\
storage:
  retention: 14
  # in days; 0 keeps everything

  size: 3
  # max: 5

  path: /data
  # of the next
  compression: true
alerting:
  hours: 8-18
  # on working days only
"""


@pytest.mark.parametrize(
    "value",
    [
        "retention: 14\n  # in days; 0 keeps everything",
        "size: 3",
        "path: /data",
        "# of the next\n  compression: true",
        "alerting:\n  hours: 8-18\n  # on working days only",
    ],
)
def test_a_value_of_yaml_comes_with_the_comment_below_it(value):
    assert value in [BELOW[slice(*unit.span)] for unit in structure_of(BELOW, "", "a.yaml").units]


COMPOSE = """\
# all of it
services:
  db:
    image: pg:16
  # do not expose in prod
  admin:
    image: pgadmin
    # minutes
    timeout: 5
"""


@pytest.mark.parametrize(
    ("query", "comment", "key"),
    [
        ("May admin be exposed in prod?", "# do not expose in prod", "  admin:"),
        ("What is the timeout of admin?", "# minutes", "    timeout:"),
        ("What is the image of db?", "# do not expose in prod", "  admin:"),
    ],
)
def test_a_comment_above_a_key_with_others_under_it_comes_with_it(query, comment, key):
    for target_tokens in range(8, 50, 4):
        text = ragzip.compress(ragzip.Document("a.yaml", COMPOSE), query, target_tokens=target_tokens, cache=False).text
        assert (comment in text) == (f"{comment}\n{key}" in text) == (key in text)
        assert "# all of it" not in text or text == COMPOSE


FIREWALL = """\
resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id

  ingress {
    description = "HTTPS from anywhere"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    description = "SSH from office"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["203.0.113.0/24"]
  }
}

resource "aws_instance" "web" {
  count         = 3
  ami           = "ami-0abc1234"
  instance_type = var.instance_type
}
"""


def test_a_block_of_a_few_settings_comes_whole():
    result = ragzip.compress(
        FIREWALL, "who can reach ssh", target_tokens=90, compressor="extractive/bm25", cache=SCORES
    )
    assert 'description = "SSH from office"' in result.text
    assert 'cidr_blocks = ["203.0.113.0/24"]' in result.text


KEPT_PACKAGES = """\
APT
{
  NeverAutoRemove
  {
    "^firmware-linux.*";
    "^linux-firmware$";
    "^linux-image-[a-z0-9]*$";
  };

  VersionedKernelPackages
  {
    "linux-.*";
    "gnumach-.*";
    ".*-modules";
    ".*-kernel";
  };

  Never-MarkAuto-Sections
  {
    "metapackages";
    "tasks";
  };
};
"""


def test_a_brace_on_a_line_of_its_own_opens_the_block_of_the_line_above():
    result = ragzip.compress(
        KEPT_PACKAGES, "never mark auto sections", target_tokens=30, compressor="extractive/bm25", cache=SCORES
    )
    inside = '  Never-MarkAuto-Sections\n  {\n    "metapackages";\n    "tasks";\n  };'
    assert result.text.startswith("APT\n{") and inside in result.text and result.text.endswith("};")
