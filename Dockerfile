# Two images of one checkout: `web` (any user, no privilege) and `worker` (starts jails; see compose.yaml).
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements requirements
COPY scripts scripts
COPY package.json package-lock.json pyproject.toml README.md LICENSE ./
COPY static static
COPY portal portal
COPY registry registry
COPY competitions competitions
COPY standards standards
COPY templates templates
RUN python scripts/setup.py run \
    && rm -rf node_modules ~/.cache ~/.npm

FROM python:3.11-slim-bookworm AS base
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CSPON_HOME=/var/lib/cspon
RUN groupadd --gid 10001 cspon \
    && useradd --uid 10001 --gid cspon --no-create-home --home-dir /var/lib/cspon --shell /usr/sbin/nologin cspon \
    && install -d -o cspon -g cspon -m 0711 /var/lib/cspon
WORKDIR /app
COPY --from=build /app /app
VOLUME /var/lib/cspon

FROM base AS web
USER cspon
ENV CSPON_HOST=0.0.0.0 CSPON_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["cspon", "web"]

# nsjail maps every submission to a host user id of its own, so the worker itself is root, with the few capabilities
# compose.yaml lists. The runtimes are part of the image: what a submission finds does not change between restarts.
FROM base AS worker
# Certificates are set with a free font that has Chinese; without one they would be made without their PDF.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
ENV CSPON_RUNTIME_DIR=/opt/cspon/runtimes
RUN install -d -m 0755 /opt/cspon/runtimes && cspon runtime build
ENTRYPOINT ["/app/scripts/worker_entrypoint.sh"]
CMD ["cspon", "worker"]
