-- switchback: step add
ALTER TABLE messages ADD COLUMN title text;

-- switchback: step fill batch table=messages key=id size=2
UPDATE messages SET title = coalesce(subject, substr(body, 1, 20)) WHERE id BETWEEN :from AND :upto;
