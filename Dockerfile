FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY avro avro
COPY streams streams
COPY connectors connectors
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home --home-dir /var/lib/tandem tandem
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 TANDEM_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/tandem
EXPOSE 8080 9464
ENTRYPOINT ["tandem"]
CMD ["run"]
