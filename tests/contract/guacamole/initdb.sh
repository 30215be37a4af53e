#!/bin/sh
# Prints the tables that the stand-in and nova-ve's server use, named and typed as Guacamole's are, and the
# administrator that Guacamole's own schema would bring.
[ "$1" = --postgresql ] || exit 64
cat <<'SQL'
create type guacamole_entity_type as enum ('USER', 'USER_GROUP');
create type guacamole_object_permission_type as enum ('READ', 'UPDATE', 'DELETE', 'ADMINISTER');
create table guacamole_entity (
    entity_id serial primary key,
    name varchar(128) not null,
    type guacamole_entity_type not null,
    unique (type, name)
);
create table guacamole_user (
    user_id serial primary key,
    entity_id integer not null unique references guacamole_entity on delete cascade,
    password_hash bytea not null,
    password_salt bytea,
    password_date timestamptz not null,
    disabled boolean not null default false,
    expired boolean not null default false,
    access_window_start time, access_window_end time,
    valid_from date, valid_until date, timezone varchar(64),
    full_name varchar(256), email_address varchar(256),
    organization varchar(256), organizational_role varchar(256)
);
create table guacamole_connection (
    connection_id serial primary key,
    connection_name varchar(128) not null,
    parent_id integer,
    protocol varchar(32) not null,
    proxy_port integer, proxy_hostname varchar(512), proxy_encryption_method varchar(4),
    max_connections integer, max_connections_per_user integer, connection_weight integer,
    failover_only boolean not null default false,
    unique (connection_name, parent_id)
);
create table guacamole_connection_parameter (
    connection_id integer not null references guacamole_connection on delete cascade,
    parameter_name varchar(128) not null,
    parameter_value varchar(4096) not null,
    primary key (connection_id, parameter_name)
);
create table guacamole_connection_permission (
    entity_id integer not null references guacamole_entity on delete cascade,
    connection_id integer not null references guacamole_connection on delete cascade,
    permission guacamole_object_permission_type not null,
    primary key (entity_id, connection_id, permission)
);
create table guacamole_connection_attribute (
    connection_id integer not null references guacamole_connection on delete cascade,
    attribute_name varchar(128) not null,
    attribute_value varchar(4096) not null,
    primary key (connection_id, attribute_name)
);
create table guacamole_connection_history (
    history_id serial primary key,
    user_id integer references guacamole_user on delete set null,
    username varchar(128) not null,
    remote_host varchar(256),
    connection_id integer references guacamole_connection on delete set null,
    connection_name varchar(128) not null,
    sharing_profile_id integer, sharing_profile_name varchar(128),
    start_date timestamptz not null,
    end_date timestamptz
);
create table guacamole_user_history (
    history_id serial primary key,
    user_id integer references guacamole_user on delete set null,
    username varchar(128) not null,
    remote_host varchar(256),
    start_date timestamptz not null,
    end_date timestamptz
);
insert into guacamole_entity (name, type) values ('guacadmin', 'USER');
insert into guacamole_user (entity_id, password_hash, password_date)
    select entity_id, sha256('guacadmin'), now() from guacamole_entity;
SQL
