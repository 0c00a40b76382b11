"""Dockerfiles: an instruction is read with what it says, and comes with the stage that it is of."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

STAGES = """\
# syntax=docker/dockerfile:1
ARG NODE=20
FROM node:${NODE}-alpine AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
RUN npm run build

FROM nginx:1.27-alpine
LABEL maintainer="ops@example.com"
COPY --from=build /app/dist /usr/share/nginx/html
USER nginx
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s CMD wget -q -O- http://localhost:8080/healthz || exit 1
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
"""
SINGLE = """\
FROM python:3.12-slim
WORKDIR /srv/app
RUN pip install --no-cache-dir -r requirements.txt \\
    # the cache is of no use
    && rm -rf build
RUN <<EOF
mkdir /data

chown app /data
EOF
VOLUME /data
USER app
# behind the proxy
EXPOSE 9000/tcp
STOPSIGNAL SIGQUIT
ENTRYPOINT ["gunicorn"]
CMD ["app:app"]
"""


def units_of(source):
    structure = structure_of(source, "", "")
    assert structure.kind == "dockerfile"
    texts = [source[slice(*unit.span)] for unit in structure.units]
    return {
        text: [texts[place] for place in unit.relation.needs] for text, unit in zip(texts, structure.units, strict=True)
    }


def test_instructions_have_all_of_their_lines_and_their_comments():
    units = list(units_of(SINGLE))
    assert SINGLE[SINGLE.index("RUN pip") : SINGLE.index("\nRUN <<")] in units
    assert SINGLE[SINGLE.index("RUN <<") : SINGLE.index("\nVOLUME")] in units
    assert "# behind the proxy\nEXPOSE 9000/tcp" in units


def test_an_instruction_needs_its_stage_where_there_are_several():
    assert units_of(STAGES)["EXPOSE 8080"] == ["FROM nginx:1.27-alpine"]
    assert units_of(STAGES)["RUN npm ci"] == ["FROM node:${NODE}-alpine AS build"]
    assert not any(units_of(SINGLE).values())


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("source", "query", "instruction"),
    [
        (STAGES, "Which port does the container listen on?", "EXPOSE 8080"),
        (STAGES, "Under which account does the container run?", "USER nginx"),
        (STAGES, "How often is the health of the container checked?", "HEALTHCHECK --interval=30s"),
        (STAGES, "What is executed when the container starts?", 'ENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["nginx"'),
        (SINGLE, "Which port does the container listen on?", "EXPOSE 9000/tcp"),
        (SINGLE, "Which signal stops the container?", "STOPSIGNAL SIGQUIT"),
        (SINGLE, "In which volume are data kept?", "VOLUME /data"),
    ],
)
def test_the_instruction_that_is_asked_for_is_kept(source, query, instruction, compressor):
    kept_text = ragzip.compress(source, query, target_tokens=50, compressor=compressor, cache=SCORES).text
    assert instruction in kept_text


@pytest.mark.parametrize(
    "text",
    [
        "FROM the sea\nCOPY that\nRUN away\nUSER beware of it\n",
        "FROM users\nWHERE id = 3\nORDER BY name\nLIMIT 5\n",
        "From: anna@example.com\nTo: bo@example.com\nSubject: FROM here\n\nHello.\n",
        "EXPOSE 80\nUSER app\nCMD run\n",
    ],
)
def test_other_texts_are_no_dockerfiles(text):
    assert structure_of(text, "", "").kind != "dockerfile"
