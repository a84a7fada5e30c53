CREATE TABLE "compost" (
    bin       integer PRIMARY KEY,
    started   date NOT NULL,
    litres    real NOT NULL DEFAULT 0,
    "hot"     boolean NOT NULL DEFAULT false,
    remarks   text DEFAULT 'it''s; new'
);
INSERT INTO compost (bin, started, litres) VALUES (1, '2020-01-01', 100.5), (2, '2020-02-02', 1e2);
