DROP TABLE votes;
DROP TABLE motions;
DROP TABLE meetings;
