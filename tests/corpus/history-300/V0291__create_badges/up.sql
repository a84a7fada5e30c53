CREATE TABLE "badges" (
    code        text PRIMARY KEY,
    title       text NOT NULL,
    threshold   numeric NOT NULL,
    colour      varchar(7) DEFAULT '#00FF00' CHECK (colour LIKE '#______')
);
CREATE TABLE member_badges (
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    badge     text NOT NULL REFERENCES badges (code) ON UPDATE CASCADE ON DELETE CASCADE,
    reason    text,
    PRIMARY KEY (member_id, badge)
);
INSERT INTO badges (code, title, threshold) VALUES ('green-thumb', 'Green thumb', 5), ('helper', 'Helping hand', 4), ('elder', 'Ten years', 10);
