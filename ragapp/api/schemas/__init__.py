"""The shapes of requests and answers, one file per resource; `../shared/design/api.md` fixes their names."""
