ALTER TYPE address ADD ATTRIBUTE country char(2), ADD ATTRIBUTE note varchar(500);
