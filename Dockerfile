# One image for every process of the arena, and for the Ray nodes it plays on.
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
RUN uv venv /opt/arena
WORKDIR /src
# What the arena needs, at the locked versions, without the tools of its developers; torch for CPUs only.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --no-cache --compile-bytecode --python /opt/arena/bin/python --torch-backend=cpu \
      -r pyproject.toml -c requirements.lock
COPY README.md LICENSE ./
COPY api api
COPY arena arena
COPY games games
COPY migrations migrations
COPY workers workers
RUN uv pip install --no-cache --compile-bytecode --python /opt/arena/bin/python --no-deps .

FROM python:3.11-slim
RUN groupadd --gid 10001 arena \
 && useradd --uid 10001 --gid arena --home-dir /var/lib/arena --no-create-home --shell /usr/sbin/nologin arena \
 && install --directory --owner=arena --group=arena --mode=0700 /var/lib/arena /var/lib/arena/artifacts
COPY --from=build /opt/arena /opt/arena
# By links, not by PATH: a login shell, as KubeRay may use, sets PATH anew.
RUN ln -s /opt/arena/bin/arena /opt/arena/bin/ray /usr/local/bin/
ENV ARENA_HOME=/var/lib/arena PYTHONUNBUFFERED=1
WORKDIR /var/lib/arena
USER 10001:10001
ENTRYPOINT ["arena"]
