-- The two roles ragapp uses on PostgreSQL. Run once as a superuser, in the new database:
--   psql -v owner_password="'…'" -v app_password="'…'" -d ragapp -f deploy/postgres/roles.sql
-- Then: RAGAPP_MIGRATION_DATABASE_URL=postgresql://ragapp_owner:…@host/ragapp  DATABASE_URL=postgresql://ragapp_app:…@host/ragapp
CREATE ROLE ragapp_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :owner_password;
CREATE ROLE ragapp_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :app_password;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO ragapp_owner;
GRANT USAGE ON SCHEMA public TO ragapp_app;
