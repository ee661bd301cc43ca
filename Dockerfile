# The single binary in an image, for whoever runs it. Build it first: npm run build, then docker build .
#
# It listens on all interfaces, and therefore refuses to start without OPCODE_AUTH_TOKEN (or
# OPCODE_AUTH_TOKEN_FILE). Data are in the volume /data: docker run -v opcode:/data -p 4100:4100 ...
FROM debian:12-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates libatomic1 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --user-group --no-create-home --home-dir /data opcode \
  && install -d -o opcode -g opcode -m 0700 /data
COPY --chmod=0755 dist/opcode /usr/local/bin/opcode
USER opcode
ENV OPCODE_HOME=/data OPCODE_LISTEN_ADDR=0.0.0.0:4100
VOLUME /data
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["opcode", "service", "status", "--check"]
# Its signals are the daemon's own: docker stop gives steps under way the time that they have.
STOPSIGNAL SIGTERM
ENTRYPOINT ["opcode"]
CMD ["serve"]
