-- Erasable parts of an event, each behind a salt of its own: the leaf holds commitments only.
ALTER TABLE audit_event ADD COLUMN actor_salt UUID DEFAULT gen_random_uuid();

ALTER TABLE audit_event ADD COLUMN reason_salt UUID DEFAULT gen_random_uuid();

ALTER TABLE audit_event ADD COLUMN detail_salt UUID DEFAULT gen_random_uuid() NOT NULL;

ALTER TABLE audit_event ADD CONSTRAINT ck_audit_event_object_type CHECK (position(chr(10) in object_type) = 0);

CREATE TABLE audit_head (
    id SMALLINT NOT NULL,
    size BIGINT NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id),
    CONSTRAINT ck_audit_head_one CHECK (id = 1)
);

CREATE TABLE audit_leaf (
    index BIGINT NOT NULL,
    event_seq BIGINT NOT NULL,
    leaf BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_leaf PRIMARY KEY (index),
    CONSTRAINT uq_audit_leaf_event_seq UNIQUE (event_seq)
);

CREATE TABLE audit_node (
    level SMALLINT NOT NULL,
    index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_node PRIMARY KEY (level, index)
);

CREATE TABLE audit_key (
    id UUID NOT NULL,
    name VARCHAR(200) NOT NULL,
    public VARCHAR(200) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_key PRIMARY KEY (id),
    CONSTRAINT uq_audit_key_name UNIQUE (name)
);

CREATE TABLE audit_checkpoint (
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    note VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_checkpoint PRIMARY KEY (size)
);

CREATE TABLE audit_witness (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR(100) NOT NULL,
    key VARCHAR(300) NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_audit_witness PRIMARY KEY (id),
    CONSTRAINT uq_audit_witness_name UNIQUE (name)
);

CREATE TABLE audit_cosignature (
    id UUID NOT NULL,
    size BIGINT NOT NULL,
    witness_id UUID NOT NULL,
    line VARCHAR(400) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_cosignature PRIMARY KEY (id),
    CONSTRAINT uq_audit_cosignature_size_witness_id UNIQUE (size, witness_id),
    CONSTRAINT fk_audit_cosignature_size FOREIGN KEY(size) REFERENCES audit_checkpoint (size),
    CONSTRAINT fk_audit_cosignature_witness_id FOREIGN KEY(witness_id) REFERENCES audit_witness (id)
);

CREATE INDEX ix_audit_cosignature_witness_id ON audit_cosignature (witness_id);

CREATE TABLE audit_alarm (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_audit_alarm_kind CHECK (kind IN ('shorter', 'differs')),
    witness VARCHAR(100) NOT NULL,
    note VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_audit_alarm_state CHECK (state IN ('raised', 'accepted')),
    reason VARCHAR NOT NULL,
    CONSTRAINT pk_audit_alarm PRIMARY KEY (id)
);

CREATE INDEX ix_audit_alarm_state ON audit_alarm (state);

-- The bytes of a leaf: RFC 8785 over text and one small number, so that PostgreSQL can write them itself.
CREATE FUNCTION cspon_audit_leaf(event audit_event) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
SELECT convert_to(
    '{"actor":"' || encode(sha256(uuid_send(event.actor_salt) || convert_to(
        E'actor\n' || coalesce(event.actor_id::text, '') || E'\n' || event.actor_name, 'UTF8')), 'hex')
    || '","at":"' || to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","detail":"' || encode(sha256(uuid_send(event.detail_salt) || convert_to(
        E'detail\n' || event.object_type || E'\n' || event.object_id || E'\n' || event.evidence::text, 'UTF8')), 'hex')
    || '","reason":' || coalesce('"' || encode(sha256(uuid_send(event.reason_salt) || convert_to(
        E'reason\n' || event.reason, 'UTF8')), 'hex') || '"', 'null')
    || ',"seq":' || event.seq
    || ',"v":1,"verb":' || to_json(event.verb)::text || '}', 'UTF8')
$$;

-- Runs when a transaction commits (deferred), so the one lock that orders the leaves is its last and shortest one.
-- As the tables' owner: whoever may add an event needs no right on the tree.
CREATE FUNCTION cspon_audit_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made bytea := cspon_audit_leaf(NEW);
    place bigint;
BEGIN
    IF made IS NULL THEN
        RAISE EXCEPTION 'an event enters the log with its salts' USING ERRCODE = 'not_null_violation';
    END IF;
    INSERT INTO audit_head AS head (id, size) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET size = head.size + 1 RETURNING size - 1 INTO place;
    INSERT INTO audit_leaf (index, event_seq, leaf, hash)
        VALUES (place, NEW.seq, made, sha256('\x00'::bytea || made));
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_event_append AFTER INSERT ON audit_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cspon_audit_append();

-- An event never changes, but its actor and its reason can be erased; the leaf keeps what was committed to.
CREATE FUNCTION cspon_audit_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasable text[] := ARRAY['actor_id', 'actor_name', 'actor_salt', 'reason', 'reason_salt'];
BEGIN
    IF TG_OP <> 'UPDATE'
        OR to_jsonb(NEW) - erasable <> to_jsonb(OLD) - erasable
        OR NOT ((NEW.actor_id, NEW.actor_name, NEW.actor_salt) IS NOT DISTINCT FROM
                (OLD.actor_id, OLD.actor_name, OLD.actor_salt)
            OR (NEW.actor_id IS NULL AND NEW.actor_name = '' AND NEW.actor_salt IS NULL))
        OR NOT ((NEW.reason, NEW.reason_salt) IS NOT DISTINCT FROM (OLD.reason, OLD.reason_salt)
            OR (NEW.reason IS NULL AND NEW.reason_salt IS NULL))
    THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER audit_event_append_only ON audit_event;

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION cspon_audit_erase_only();

CREATE FUNCTION cspon_audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.size = OLD.size + 1 THEN RETURN NEW; END IF;
    RAISE EXCEPTION '% only counts up', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_head_grows BEFORE UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION cspon_audit_head_grows();

CREATE TRIGGER audit_leaf_append_only BEFORE UPDATE OR DELETE ON audit_leaf
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER audit_leaf_no_truncate BEFORE TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER audit_node_append_only BEFORE UPDATE OR DELETE ON audit_node
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER audit_cosignature_append_only BEFORE UPDATE OR DELETE ON audit_cosignature
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();

-- The events there are become the first leaves, in the order of their numbers.
INSERT INTO audit_leaf (index, event_seq, leaf, hash)
SELECT row_number() OVER (ORDER BY event.seq) - 1, event.seq, made.leaf, sha256('\x00'::bytea || made.leaf)
FROM audit_event AS event CROSS JOIN LATERAL (SELECT cspon_audit_leaf(event) AS leaf) AS made;

INSERT INTO audit_head (id, size) SELECT 1, count(*) FROM audit_leaf;
