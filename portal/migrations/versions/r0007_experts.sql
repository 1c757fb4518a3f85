CREATE TABLE discipline (
    code VARCHAR(20) NOT NULL,
    parent_code VARCHAR(20),
    name_zh VARCHAR(100) NOT NULL,
    name_en VARCHAR(100) NOT NULL,
    position INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    merged_into VARCHAR(20),
    CONSTRAINT pk_discipline PRIMARY KEY (code),
    CONSTRAINT ck_discipline_not_its_own_parent CHECK (parent_code <> code),
    CONSTRAINT fk_discipline_parent_code FOREIGN KEY(parent_code) REFERENCES discipline (code),
    CONSTRAINT fk_discipline_merged_into FOREIGN KEY(merged_into) REFERENCES discipline (code)
);

CREATE INDEX ix_discipline_parent_code ON discipline (parent_code);

CREATE TABLE advice_request (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    text VARCHAR(10000) NOT NULL,
    keywords JSONB NOT NULL,
    public BOOLEAN NOT NULL,
    hidden BOOLEAN NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_advice_request_state CHECK (state IN ('asked', 'routed', 'answered', 'closed', 'refused', 'withdrawn', 'expired')),
    state_reason VARCHAR(2000) NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    rerouted INTEGER NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_advice_request PRIMARY KEY (id),
    CONSTRAINT fk_advice_request_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_advice_request_account_id ON advice_request (account_id);

CREATE INDEX ix_advice_request_deadline_at ON advice_request (deadline_at);

CREATE INDEX ix_advice_request_published_at ON advice_request (published_at);

CREATE INDEX ix_advice_request_queue ON advice_request (state, deadline_at, id);

CREATE TABLE affiliation (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    organisation_id UUID,
    name VARCHAR(200) NOT NULL,
    credit_code VARCHAR(18) NOT NULL,
    position VARCHAR(100) NOT NULL,
    since DATE NOT NULL,
    until DATE,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_affiliation_state CHECK (state IN ('claimed', 'confirmed', 'refused', 'unanswered', 'withdrawn')),
    state_reason VARCHAR(2000) NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    deadline_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_affiliation PRIMARY KEY (id),
    CONSTRAINT ck_affiliation_somewhere CHECK (organisation_id IS NOT NULL OR name <> ''),
    CONSTRAINT ck_affiliation_in_order CHECK (until IS NULL OR until >= since),
    CONSTRAINT fk_affiliation_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_affiliation_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_affiliation_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES account (id)
);

CREATE INDEX ix_affiliation_account_id ON affiliation (account_id);

CREATE INDEX ix_affiliation_credit_code ON affiliation (credit_code);

CREATE INDEX ix_affiliation_deadline_at ON affiliation (deadline_at);

CREATE INDEX ix_affiliation_organisation_id ON affiliation (organisation_id);

CREATE TABLE declared_relation (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_declared_relation_kind CHECK (kind IN ('adviser', 'advisee', 'kin', 'coauthor', 'coproject', 'other')),
    other_account_id UUID,
    other_name VARCHAR(100) NOT NULL,
    other_organisation VARCHAR(200) NOT NULL,
    since DATE,
    until DATE,
    note VARCHAR(1000) NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_declared_relation PRIMARY KEY (id),
    CONSTRAINT ck_declared_relation_somebody CHECK (other_account_id IS NOT NULL OR other_name <> ''),
    CONSTRAINT fk_declared_relation_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_declared_relation_other_account_id FOREIGN KEY(other_account_id) REFERENCES account (id)
);

CREATE INDEX ix_declared_relation_account_id ON declared_relation (account_id);

CREATE INDEX ix_declared_relation_other_account_id ON declared_relation (other_account_id);

CREATE TABLE expert (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_expert_state CHECK (state IN ('nominated', 'confirming', 'admitting', 'active', 'recheck', 'paused', 'declined', 'lapsed', 'withdrawn', 'removed')),
    state_reason VARCHAR(2000) NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    reminded_at TIMESTAMP WITH TIME ZONE,
    resumes BOOLEAN NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    organisation_id UUID,
    nominated_by UUID,
    grounds VARCHAR(2000) NOT NULL,
    senior BOOLEAN NOT NULL,
    titles VARCHAR(200) NOT NULL,
    orcid VARCHAR(19) NOT NULL,
    publications VARCHAR(5000) NOT NULL,
    languages JSONB NOT NULL,
    biography_zh VARCHAR(2000) NOT NULL,
    biography_en VARCHAR(2000) NOT NULL,
    capacity INTEGER NOT NULL,
    listed BOOLEAN NOT NULL,
    public JSONB NOT NULL,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_expert PRIMARY KEY (id),
    CONSTRAINT uq_expert_account_id UNIQUE (account_id),
    CONSTRAINT fk_expert_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_expert_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_expert_nominated_by FOREIGN KEY(nominated_by) REFERENCES account (id)
);

CREATE INDEX ix_expert_deadline_at ON expert (deadline_at);

CREATE INDEX ix_expert_organisation_id ON expert (organisation_id);

CREATE INDEX ix_expert_queue ON expert (state, deadline_at, id);

CREATE TABLE organisation_link (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    organisation_id UUID NOT NULL,
    parent_id UUID NOT NULL,
    since DATE NOT NULL,
    until DATE,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_organisation_link_state CHECK (state IN ('proposed', 'in_force', 'refused', 'withdrawn', 'lapsed', 'ended')),
    statement VARCHAR(2000) NOT NULL,
    state_reason VARCHAR(1000) NOT NULL,
    proposed_by UUID,
    decided_by UUID,
    deadline_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_organisation_link PRIMARY KEY (id),
    CONSTRAINT ck_organisation_link_not_its_own_parent CHECK (organisation_id <> parent_id),
    CONSTRAINT ck_organisation_link_in_order CHECK (until IS NULL OR until >= since),
    CONSTRAINT fk_organisation_link_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_organisation_link_parent_id FOREIGN KEY(parent_id) REFERENCES organisation (id),
    CONSTRAINT fk_organisation_link_proposed_by FOREIGN KEY(proposed_by) REFERENCES account (id),
    CONSTRAINT fk_organisation_link_decided_by FOREIGN KEY(decided_by) REFERENCES account (id)
);

CREATE INDEX ix_organisation_link_deadline_at ON organisation_link (deadline_at);

CREATE INDEX ix_organisation_link_organisation_id ON organisation_link (organisation_id);

CREATE INDEX ix_organisation_link_parent_id ON organisation_link (parent_id);

CREATE UNIQUE INDEX uq_organisation_link_in_force ON organisation_link (organisation_id) WHERE state = 'in_force';

CREATE TABLE advice_discipline (
    request_id UUID NOT NULL,
    discipline_code VARCHAR(20) NOT NULL,
    CONSTRAINT pk_advice_discipline PRIMARY KEY (request_id, discipline_code),
    CONSTRAINT fk_advice_discipline_request_id FOREIGN KEY(request_id) REFERENCES advice_request (id) ON DELETE CASCADE,
    CONSTRAINT fk_advice_discipline_discipline_code FOREIGN KEY(discipline_code) REFERENCES discipline (code)
);

CREATE INDEX ix_advice_discipline_discipline_code ON advice_discipline (discipline_code);

CREATE TABLE advice_routing (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    request_id UUID NOT NULL,
    expert_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_advice_routing_state CHECK (state IN ('invited', 'accepted', 'answered', 'declined', 'expired', 'released')),
    score FLOAT NOT NULL,
    reason VARCHAR(1000) NOT NULL,
    routed_by UUID,
    deadline_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_advice_routing PRIMARY KEY (id),
    CONSTRAINT uq_advice_routing_request_id_expert_id UNIQUE (request_id, expert_id),
    CONSTRAINT fk_advice_routing_request_id FOREIGN KEY(request_id) REFERENCES advice_request (id) ON DELETE CASCADE,
    CONSTRAINT fk_advice_routing_expert_id FOREIGN KEY(expert_id) REFERENCES expert (id),
    CONSTRAINT fk_advice_routing_routed_by FOREIGN KEY(routed_by) REFERENCES account (id)
);

CREATE INDEX ix_advice_routing_deadline_at ON advice_routing (deadline_at);

CREATE INDEX ix_advice_routing_expert_id ON advice_routing (expert_id);

CREATE TABLE expert_capacity (
    expert_id UUID NOT NULL,
    period VARCHAR(6) NOT NULL,
    places INTEGER NOT NULL,
    CONSTRAINT pk_expert_capacity PRIMARY KEY (expert_id, period),
    CONSTRAINT ck_expert_capacity_places CHECK (places BETWEEN 0 AND 99),
    CONSTRAINT fk_expert_capacity_expert_id FOREIGN KEY(expert_id) REFERENCES expert (id) ON DELETE CASCADE
);

CREATE TABLE expert_discipline (
    expert_id UUID NOT NULL,
    discipline_code VARCHAR(20) NOT NULL,
    CONSTRAINT pk_expert_discipline PRIMARY KEY (expert_id, discipline_code),
    CONSTRAINT fk_expert_discipline_expert_id FOREIGN KEY(expert_id) REFERENCES expert (id) ON DELETE CASCADE,
    CONSTRAINT fk_expert_discipline_discipline_code FOREIGN KEY(discipline_code) REFERENCES discipline (code)
);

CREATE INDEX ix_expert_discipline_discipline_code ON expert_discipline (discipline_code);

CREATE TABLE expert_keyword (
    expert_id UUID NOT NULL,
    key VARCHAR(60) NOT NULL,
    keyword VARCHAR(60) NOT NULL,
    CONSTRAINT pk_expert_keyword PRIMARY KEY (expert_id, key),
    CONSTRAINT fk_expert_keyword_expert_id FOREIGN KEY(expert_id) REFERENCES expert (id) ON DELETE CASCADE
);

CREATE INDEX ix_expert_keyword_key ON expert_keyword (key);

CREATE TABLE advice_answer (
    id UUID NOT NULL,
    routing_id UUID NOT NULL,
    request_id UUID NOT NULL,
    account_id UUID NOT NULL,
    text VARCHAR(20000) NOT NULL,
    sight VARCHAR(40) NOT NULL CONSTRAINT ck_advice_answer_sight CHECK (sight IN ('private', 'unnamed', 'named')),
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_advice_answer PRIMARY KEY (id),
    CONSTRAINT uq_advice_answer_routing_id UNIQUE (routing_id),
    CONSTRAINT fk_advice_answer_routing_id FOREIGN KEY(routing_id) REFERENCES advice_routing (id) ON DELETE CASCADE,
    CONSTRAINT fk_advice_answer_request_id FOREIGN KEY(request_id) REFERENCES advice_request (id) ON DELETE CASCADE,
    CONSTRAINT fk_advice_answer_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_advice_answer_account_id ON advice_answer (account_id);

CREATE INDEX ix_advice_answer_request_id ON advice_answer (request_id);
