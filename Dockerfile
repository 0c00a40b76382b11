# The server on the base install, with the shipped models. Settings: environment variables RAGZIP_…, see docs/guides/serve.md
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir ".[serve,redis]" && useradd --create-home ragzip && mkdir /cache && chown ragzip /cache
USER ragzip
ENV RAGZIP_HOST=0.0.0.0 RAGZIP_PORT=8642 RAGZIP_CACHE=/cache
VOLUME /cache
EXPOSE 8642
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8642/readyz')"]
CMD ["ragzip", "serve"]
