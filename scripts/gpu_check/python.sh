# The first Python that serves, of those that Paddle 2.6 has builds for if there is one.
a_python() {
  for python in ${PYTHON:-python3.12 python3.11 python3.10 python3 python}; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  echo "No Python from 3.10 on was found. Install one, or name one with PYTHON=…" >&2
  exit 2
}
