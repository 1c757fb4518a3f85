CREATE TABLE public_notice (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject_kind VARCHAR(40) NOT NULL,
    subject_id UUID,
    url VARCHAR(300) NOT NULL,
    title_zh VARCHAR(200) NOT NULL,
    title_en VARCHAR(200) NOT NULL,
    body_zh VARCHAR(20000) NOT NULL,
    body_en VARCHAR(20000) NOT NULL,
    lines JSONB NOT NULL,
    working_days INTEGER NOT NULL,
    created_by UUID NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_public_notice_state CHECK (state IN ('draft', 'running', 'ended', 'settled', 'cancelled')),
    state_reason VARCHAR(2000) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    last_day DATE,
    days_off JSONB NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_public_notice PRIMARY KEY (id),
    CONSTRAINT fk_public_notice_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_public_notice_created_by ON public_notice (created_by);

CREATE INDEX ix_public_notice_deadline_at ON public_notice (deadline_at);

CREATE INDEX ix_public_notice_list ON public_notice (starts_at, id);

CREATE INDEX ix_public_notice_subject ON public_notice (subject_kind, subject_id);

CREATE TABLE public_notice_objection (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    state_reason VARCHAR(2000) NOT NULL,
    handled_by UUID,
    deadline_at TIMESTAMP WITH TIME ZONE,
    escalated BOOLEAN NOT NULL,
    notice_id UUID NOT NULL,
    ground VARCHAR(40) NOT NULL CONSTRAINT ck_public_notice_objection_ground CHECK (ground IN ('facts', 'qualification', 'procedure', 'integrity', 'other')),
    text VARCHAR(10000) NOT NULL,
    contact VARCHAR(200) NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_public_notice_objection_state CHECK (state IN ('filed', 'examining', 'upheld', 'not_upheld', 'withdrawn', 'expired', 'lapsed')),
    CONSTRAINT pk_public_notice_objection PRIMARY KEY (id),
    CONSTRAINT fk_public_notice_objection_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_public_notice_objection_handled_by FOREIGN KEY(handled_by) REFERENCES account (id),
    CONSTRAINT fk_public_notice_objection_notice_id FOREIGN KEY(notice_id) REFERENCES public_notice (id)
);

CREATE INDEX ix_public_notice_objection_account_id ON public_notice_objection (account_id);

CREATE INDEX ix_public_notice_objection_deadline_at ON public_notice_objection (deadline_at);

CREATE INDEX ix_public_notice_objection_notice_id ON public_notice_objection (notice_id);

CREATE INDEX ix_public_notice_objection_queue ON public_notice_objection (state, deadline_at, id);
