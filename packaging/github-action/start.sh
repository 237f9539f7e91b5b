#!/usr/bin/env bash
# Starts a sandbox for the rest of the job, and says where it is: as outputs of the step, and as
# VIDIMUS_URL and VIDIMUS_CREDENTIALS for the steps that follow.
set -euo pipefail

folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/vidimus-sandbox-XXXXXX")
arguments=(dev --listen "$SANDBOX_LISTEN" --dir "$folder" --port-file "$folder/port")
while IFS= read -r file; do
    if [ -n "$file" ]; then
        arguments+=(--apply "$file")
    fi
done <<<"$SANDBOX_APPLY"

"$SANDBOX_BIN" "${arguments[@]}" >"$folder/out" 2>"$folder/log" </dev/null &
pid=$!

deadline=$((SECONDS + SANDBOX_READY_SECONDS))
until [ -s "$folder/port" ]; do
    if ! kill -0 "$pid" 2>/dev/null; then
        echo "the sandbox did not start:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
        kill "$pid"
        echo "the sandbox was not ready in $SANDBOX_READY_SECONDS s:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.05
done

port=$(cat "$folder/port")
url="http://127.0.0.1:$port"
{
    echo "url=$url"
    echo "port=$port"
    echo "credentials=$folder/vidimus-admin.toml"
    echo "folder=$folder"
    echo "pid=$pid"
} >>"$GITHUB_OUTPUT"
{
    echo "VIDIMUS_URL=$url"
    echo "VIDIMUS_CREDENTIALS=$folder/vidimus-admin.toml"
} >>"$GITHUB_ENV"
echo "the sandbox is ready: $url"
