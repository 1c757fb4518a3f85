CREATE TABLE review_delay (
    id UUID NOT NULL, 
    round_id UUID NOT NULL, 
    phase VARCHAR(40) NOT NULL CONSTRAINT ck_review_delay_phase CHECK (phase IN ('preparation', 'invitation', 'review', 'rebuttal', 'discussion', 'panel', 'conclusion', 'over')), 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_review_delay_kind CHECK (kind IN ('extension', 'outage')), 
    minutes INTEGER NOT NULL, 
    reason VARCHAR(1000) NOT NULL, 
    began_at TIMESTAMP WITH TIME ZONE, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    until TIMESTAMP WITH TIME ZONE NOT NULL, 
    entered_by UUID NOT NULL, 
    CONSTRAINT pk_review_delay PRIMARY KEY (id), 
    CONSTRAINT fk_review_delay_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_delay_entered_by FOREIGN KEY(entered_by) REFERENCES account (id)
);

CREATE INDEX ix_review_delay_entered_by ON review_delay (entered_by);

CREATE INDEX ix_review_delay_round_id ON review_delay (round_id);


ALTER TABLE review_round ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0;

ALTER TABLE review_invitation
    ADD COLUMN declined_for VARCHAR(40) NOT NULL DEFAULT ''
        CONSTRAINT ck_review_invitation_declined_for CHECK (declined_for IN ('', 'field', 'time', 'conflict', 'away', 'other')),
    ADD COLUMN suggestion VARCHAR(300) NOT NULL DEFAULT '';
