INSERT INTO users (id, email, name, boss_id) VALUES
    ('50ddec22-755a-4b5a-bd1f-5109eda24306', 'u0@x', 'N0 – ö', NULL),
    ('6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'u1@x', 'N1 – ö', '50ddec22-755a-4b5a-bd1f-5109eda24306'),
    ('b0b86f94-0287-4180-af69-bc54f933f6fc', 'u2@x', 'N2 – ö', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3'),
    ('35831a9f-f635-469b-bdfb-cfec478045b3', 'u3@x', 'N3 – ö', 'b0b86f94-0287-4180-af69-bc54f933f6fc'),
    ('9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'u4@x', 'N4 – ö', '35831a9f-f635-469b-bdfb-cfec478045b3');
INSERT INTO teams (tenant, id, owner_id, parent_id) VALUES
    (1, 'd55799de-1467-4118-9dbe-7339282f464a', '50ddec22-755a-4b5a-bd1f-5109eda24306', NULL),
    (1, '7d905d81-8b2b-4e3d-8a5a-443e440bb990', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'd55799de-1467-4118-9dbe-7339282f464a'),
    (1, '05ac2461-edc2-4b8b-b767-3313ea881d2e', 'b0b86f94-0287-4180-af69-bc54f933f6fc', '7d905d81-8b2b-4e3d-8a5a-443e440bb990'),
    (1, 'bb809222-2ba7-4fcf-9a34-72d1ac24420a', '35831a9f-f635-469b-bdfb-cfec478045b3', '05ac2461-edc2-4b8b-b767-3313ea881d2e'),
    (1, '5e257ab0-277e-49bb-9e54-08e6bb95a542', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'bb809222-2ba7-4fcf-9a34-72d1ac24420a');
INSERT INTO members (tenant, team_id, user_id, role) VALUES
    (1, 'd55799de-1467-4118-9dbe-7339282f464a', '50ddec22-755a-4b5a-bd1f-5109eda24306', 'guest'),
    (1, 'd55799de-1467-4118-9dbe-7339282f464a', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'member'),
    (1, '7d905d81-8b2b-4e3d-8a5a-443e440bb990', '50ddec22-755a-4b5a-bd1f-5109eda24306', 'member'),
    (1, '7d905d81-8b2b-4e3d-8a5a-443e440bb990', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'guest'),
    (1, '05ac2461-edc2-4b8b-b767-3313ea881d2e', '50ddec22-755a-4b5a-bd1f-5109eda24306', 'member'),
    (1, '05ac2461-edc2-4b8b-b767-3313ea881d2e', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'member'),
    (1, 'bb809222-2ba7-4fcf-9a34-72d1ac24420a', '50ddec22-755a-4b5a-bd1f-5109eda24306', 'member'),
    (1, 'bb809222-2ba7-4fcf-9a34-72d1ac24420a', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'member'),
    (1, '5e257ab0-277e-49bb-9e54-08e6bb95a542', '50ddec22-755a-4b5a-bd1f-5109eda24306', 'member'),
    (1, '5e257ab0-277e-49bb-9e54-08e6bb95a542', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'member');
INSERT INTO documents (id, author_id, editor_id, title) VALUES
    ('bf322776-99b9-4c19-8f84-100a6aadc9d6', '50ddec22-755a-4b5a-bd1f-5109eda24306', NULL, 'T0'),
    ('0b412420-851a-43ae-9cc3-837daff83864', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'T1'),
    ('dc4f8fef-d18f-4fc6-bb4b-812dc2b01a5a', 'b0b86f94-0287-4180-af69-bc54f933f6fc', NULL, 'T2'),
    ('2146415b-7975-480e-95cb-758b44fde6b5', '35831a9f-f635-469b-bdfb-cfec478045b3', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'T3'),
    ('6d80f6a8-efc9-4392-865d-625d7e42c2bc', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', NULL, 'T4');
INSERT INTO versions (document_id, revision, by_id, body) VALUES
    (NULL, 1, '50ddec22-755a-4b5a-bd1f-5109eda24306', 'b'),
    ('0b412420-851a-43ae-9cc3-837daff83864', 1, '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'b'),
    ('dc4f8fef-d18f-4fc6-bb4b-812dc2b01a5a', 1, 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'b'),
    ('2146415b-7975-480e-95cb-758b44fde6b5', 1, '35831a9f-f635-469b-bdfb-cfec478045b3', 'b'),
    ('6d80f6a8-efc9-4392-865d-625d7e42c2bc', 1, '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'b');
INSERT INTO shares (document_id, tenant, team_id) VALUES
    ('bf322776-99b9-4c19-8f84-100a6aadc9d6', 1, 'd55799de-1467-4118-9dbe-7339282f464a'),
    ('0b412420-851a-43ae-9cc3-837daff83864', 1, '7d905d81-8b2b-4e3d-8a5a-443e440bb990'),
    ('dc4f8fef-d18f-4fc6-bb4b-812dc2b01a5a', 1, '05ac2461-edc2-4b8b-b767-3313ea881d2e'),
    ('2146415b-7975-480e-95cb-758b44fde6b5', 1, 'bb809222-2ba7-4fcf-9a34-72d1ac24420a'),
    ('6d80f6a8-efc9-4392-865d-625d7e42c2bc', 1, '5e257ab0-277e-49bb-9e54-08e6bb95a542');
INSERT INTO profiles (user_id, bio) VALUES
    ('50ddec22-755a-4b5a-bd1f-5109eda24306', 'bio'),
    ('6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'bio'),
    ('b0b86f94-0287-4180-af69-bc54f933f6fc', 'bio'),
    ('35831a9f-f635-469b-bdfb-cfec478045b3', 'bio'),
    ('9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'bio');
INSERT INTO avatars (profile_id, image) VALUES
    ('50ddec22-755a-4b5a-bd1f-5109eda24306', NULL),
    ('6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', NULL),
    ('b0b86f94-0287-4180-af69-bc54f933f6fc', NULL),
    ('35831a9f-f635-469b-bdfb-cfec478045b3', NULL),
    ('9adc38d5-624b-4dc9-b5b7-2ec642a9903e', NULL);
INSERT INTO events (id, at, user_id) VALUES
    ('d899c019-3940-4ddc-8eb4-ca4005519a8c', '2023-05-05T00:00:00Z', NULL),
    ('eafe3a5b-abbd-49a0-8930-5d6244ba6325', '2024-05-05T00:00:00Z', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3'),
    ('973ac0e3-fa55-4dae-b5c3-5b970310dc4f', '2025-05-05T00:00:00Z', 'b0b86f94-0287-4180-af69-bc54f933f6fc'),
    ('59faa764-a0d5-4e61-a13e-5f07d5cc1849', '2026-05-05T00:00:00Z', '35831a9f-f635-469b-bdfb-cfec478045b3'),
    ('d4fbe0ea-0535-4e08-a0b7-d53b798965cd', '2027-05-05T00:00:00Z', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e');
INSERT INTO log (id, user_id, what) VALUES
    (1, '50ddec22-755a-4b5a-bd1f-5109eda24306', 'w'),
    (2, '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'w'),
    (3, 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'w'),
    (4, '35831a9f-f635-469b-bdfb-cfec478045b3', 'w'),
    (5, '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', 'w');
INSERT INTO unrelated (id, name) VALUES
    ('b9a3ba5e-5d9c-4ae6-a95a-50d86f450800', 'w'),
    ('13317424-9517-414b-9878-f43d48ebbc48', 'w'),
    ('24553446-6eea-4e74-bb3f-9662737e6b3a', 'w'),
    ('773fa106-8816-4ce8-bb8b-f0e470f002cb', 'w'),
    ('b418bf5c-e8b2-4758-bc61-293227356fed', 'w');
INSERT INTO "Odd Name" ("Key Column", "select", "user") VALUES
    ('46736251-48af-4875-a7c6-5756d0a74c59', NULL, '50ddec22-755a-4b5a-bd1f-5109eda24306'),
    ('c016bef0-3f69-4370-9183-7958198a7d37', '46736251-48af-4875-a7c6-5756d0a74c59', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3'),
    ('9581fbcf-4ffb-4283-ae80-9f74104b83ac', 'c016bef0-3f69-4370-9183-7958198a7d37', 'b0b86f94-0287-4180-af69-bc54f933f6fc'),
    ('ff490172-db6f-4a39-8950-caeda9d447ff', '9581fbcf-4ffb-4283-ae80-9f74104b83ac', '35831a9f-f635-469b-bdfb-cfec478045b3'),
    ('60ac98e9-722d-4076-b61f-08546b179c2a', 'ff490172-db6f-4a39-8950-caeda9d447ff', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e');
INSERT INTO p01 (n, id, a_id, b_id) VALUES
    (0, '689c4c3e-0ba7-47e8-8a46-feffa84229c0', NULL, '50ddec22-755a-4b5a-bd1f-5109eda24306'),
    (1, 'ebe3f3dd-f610-4e6b-be76-d16de33bd23c', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3'),
    (2, 'c0bcd3b4-11e0-4de2-b087-16c40d71601f', 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'b0b86f94-0287-4180-af69-bc54f933f6fc'),
    (3, 'bcc6e60a-ec48-4345-8238-89450704131a', '35831a9f-f635-469b-bdfb-cfec478045b3', '35831a9f-f635-469b-bdfb-cfec478045b3'),
    (4, '65c5d283-619b-4715-bbcf-f4a8ade10511', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e');
INSERT INTO p02 (n, id, a_id, b_id) VALUES
    (0, '72ed4ddf-e62a-4f4f-9967-c80f7cebb37b', NULL, '689c4c3e-0ba7-47e8-8a46-feffa84229c0'),
    (1, '68445bf6-4ceb-4d3a-af52-dee2feb9c3cf', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'ebe3f3dd-f610-4e6b-be76-d16de33bd23c'),
    (2, '3af58223-763e-41ad-a3c1-2c68629fd0d2', 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'c0bcd3b4-11e0-4de2-b087-16c40d71601f'),
    (3, '9a136480-8693-4401-9b31-d9e777dae362', '35831a9f-f635-469b-bdfb-cfec478045b3', 'bcc6e60a-ec48-4345-8238-89450704131a'),
    (4, '678467b3-8c86-470e-a52f-f1b00757307e', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', '65c5d283-619b-4715-bbcf-f4a8ade10511');
INSERT INTO p03 (n, id, a_id, b_id) VALUES
    (0, '2d4206af-fe14-41c7-864f-350e4058a70e', NULL, '50ddec22-755a-4b5a-bd1f-5109eda24306'),
    (1, '4b2e3cf4-a3c2-45db-a37a-e7eead0f0048', '68445bf6-4ceb-4d3a-af52-dee2feb9c3cf', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3'),
    (2, '3125caf6-b14b-4f64-8908-c229110ca2e8', '3af58223-763e-41ad-a3c1-2c68629fd0d2', 'b0b86f94-0287-4180-af69-bc54f933f6fc'),
    (3, '124123d3-53a3-4986-b1bb-005ec14c39a9', '9a136480-8693-4401-9b31-d9e777dae362', '35831a9f-f635-469b-bdfb-cfec478045b3'),
    (4, '46b0c2bf-3b84-4a0a-aa24-14690fbb31c6', '678467b3-8c86-470e-a52f-f1b00757307e', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e');
INSERT INTO p04 (n, id, a_id, b_id) VALUES
    (0, '8d514b49-abc2-44f2-83fe-9c64392e7042', NULL, '689c4c3e-0ba7-47e8-8a46-feffa84229c0'),
    (1, '31e3b332-2950-4319-97bc-e2b13fb4bf14', '6e63311d-ff17-4be4-a3ae-fc1b8c825fa3', 'ebe3f3dd-f610-4e6b-be76-d16de33bd23c'),
    (2, 'ce7a0cdd-5522-4634-a914-dd5bda3bf47e', 'b0b86f94-0287-4180-af69-bc54f933f6fc', 'c0bcd3b4-11e0-4de2-b087-16c40d71601f'),
    (3, '0ffae16d-ba87-47e4-916e-fe5ae60a86f4', '35831a9f-f635-469b-bdfb-cfec478045b3', 'bcc6e60a-ec48-4345-8238-89450704131a'),
    (4, '9f0d12f8-6bf9-4d85-98b9-621b6d06b22d', '9adc38d5-624b-4dc9-b5b7-2ec642a9903e', '65c5d283-619b-4715-bbcf-f4a8ade10511');
INSERT INTO p05 (n, id, a_id, b_id) VALUES
    (0, 'ed0aaf99-41bb-4851-97f4-d43f5d757a77', NULL, '72ed4ddf-e62a-4f4f-9967-c80f7cebb37b'),
    (1, 'a2ef06cb-88e2-4af9-88ca-ad7d3b54ef93', 'ebe3f3dd-f610-4e6b-be76-d16de33bd23c', '68445bf6-4ceb-4d3a-af52-dee2feb9c3cf'),
    (2, 'd5052d6b-58ac-4e2f-ba58-d4b30a4d3ee3', 'c0bcd3b4-11e0-4de2-b087-16c40d71601f', '3af58223-763e-41ad-a3c1-2c68629fd0d2'),
    (3, '7c582372-d0f0-48db-90c5-3f1bb7cb0d97', 'bcc6e60a-ec48-4345-8238-89450704131a', '9a136480-8693-4401-9b31-d9e777dae362'),
    (4, 'e305c580-8d18-4d6e-b81e-98b2244ee08e', '65c5d283-619b-4715-bbcf-f4a8ade10511', '678467b3-8c86-470e-a52f-f1b00757307e');
INSERT INTO p06 (n, id, a_id, b_id) VALUES
    (0, 'f6ed6eea-33b4-46a6-81bf-84bfbe4b00df', NULL, '2d4206af-fe14-41c7-864f-350e4058a70e'),
    (1, 'f1c3b013-1946-4b32-a4a2-09605b28dd65', '68445bf6-4ceb-4d3a-af52-dee2feb9c3cf', '4b2e3cf4-a3c2-45db-a37a-e7eead0f0048'),
    (2, '7411fb47-4008-4c91-9e67-9f135e5b4795', '3af58223-763e-41ad-a3c1-2c68629fd0d2', '3125caf6-b14b-4f64-8908-c229110ca2e8'),
    (3, '14ca599d-934b-4b89-909d-126bc8fd0c02', '9a136480-8693-4401-9b31-d9e777dae362', '124123d3-53a3-4986-b1bb-005ec14c39a9'),
    (4, '5530deaf-bc24-4460-a293-cbdfc09b1581', '678467b3-8c86-470e-a52f-f1b00757307e', '46b0c2bf-3b84-4a0a-aa24-14690fbb31c6');
INSERT INTO p07 (n, id, a_id, b_id) VALUES
    (0, '721be75d-b3b0-485a-9d36-62093b1606f9', NULL, '8d514b49-abc2-44f2-83fe-9c64392e7042'),
    (1, 'e7fca9c2-42ea-4943-908f-2688e3dd9f3e', '4b2e3cf4-a3c2-45db-a37a-e7eead0f0048', '31e3b332-2950-4319-97bc-e2b13fb4bf14'),
    (2, 'b71d8031-eb54-40ff-88b6-b5b18c075dc8', '3125caf6-b14b-4f64-8908-c229110ca2e8', 'ce7a0cdd-5522-4634-a914-dd5bda3bf47e'),
    (3, '9021df3b-8277-4be6-ae34-38f23221332d', '124123d3-53a3-4986-b1bb-005ec14c39a9', '0ffae16d-ba87-47e4-916e-fe5ae60a86f4'),
    (4, 'f28efc00-63ca-4425-b9ad-71a0b38ed6ce', '46b0c2bf-3b84-4a0a-aa24-14690fbb31c6', '9f0d12f8-6bf9-4d85-98b9-621b6d06b22d');
INSERT INTO p08 (n, id, a_id, b_id) VALUES
    (0, 'cb7d9982-9592-4d50-a4ea-2a6e6e2b7426', NULL, 'ed0aaf99-41bb-4851-97f4-d43f5d757a77'),
    (1, 'c739bf79-b5f4-442f-b49f-cf95072c9fcf', '31e3b332-2950-4319-97bc-e2b13fb4bf14', 'a2ef06cb-88e2-4af9-88ca-ad7d3b54ef93'),
    (2, '676bba89-f733-4014-b505-d378246312ef', 'ce7a0cdd-5522-4634-a914-dd5bda3bf47e', 'd5052d6b-58ac-4e2f-ba58-d4b30a4d3ee3'),
    (3, '43d931bd-2a69-4617-89cd-c3a305793b66', '0ffae16d-ba87-47e4-916e-fe5ae60a86f4', '7c582372-d0f0-48db-90c5-3f1bb7cb0d97'),
    (4, '4028e158-c073-48bd-b01b-b973a6a0921f', '9f0d12f8-6bf9-4d85-98b9-621b6d06b22d', 'e305c580-8d18-4d6e-b81e-98b2244ee08e');
INSERT INTO p09 (n, id, a_id, b_id) VALUES
    (0, '15917b94-e093-4b98-b746-1a226201b13e', NULL, 'f6ed6eea-33b4-46a6-81bf-84bfbe4b00df'),
    (1, '55b7e72c-dd50-43ed-91d4-7566311313f4', 'a2ef06cb-88e2-4af9-88ca-ad7d3b54ef93', 'f1c3b013-1946-4b32-a4a2-09605b28dd65'),
    (2, 'b7e49082-8d49-4b31-8c4b-db1239648281', 'd5052d6b-58ac-4e2f-ba58-d4b30a4d3ee3', '7411fb47-4008-4c91-9e67-9f135e5b4795'),
    (3, '2d0b8f91-9957-4f72-b019-9c3d9d14b275', '7c582372-d0f0-48db-90c5-3f1bb7cb0d97', '14ca599d-934b-4b89-909d-126bc8fd0c02'),
    (4, 'f91e5515-2689-4ec7-889c-326e0860ce3a', 'e305c580-8d18-4d6e-b81e-98b2244ee08e', '5530deaf-bc24-4460-a293-cbdfc09b1581');
INSERT INTO p10 (n, id, a_id, b_id) VALUES
    (0, '18048de6-3f6e-4e4f-b988-a19cdf0ab7db', NULL, '721be75d-b3b0-485a-9d36-62093b1606f9'),
    (1, '80795742-3f03-4150-b2ee-6cd5c5cedb75', 'f1c3b013-1946-4b32-a4a2-09605b28dd65', 'e7fca9c2-42ea-4943-908f-2688e3dd9f3e'),
    (2, '52888032-c24e-409c-8450-25b1af83becb', '7411fb47-4008-4c91-9e67-9f135e5b4795', 'b71d8031-eb54-40ff-88b6-b5b18c075dc8'),
    (3, '83476529-ebdb-46e3-9b1b-5e5000573c89', '14ca599d-934b-4b89-909d-126bc8fd0c02', '9021df3b-8277-4be6-ae34-38f23221332d'),
    (4, '956511b4-dcff-4977-8d90-b4bd864c595e', '5530deaf-bc24-4460-a293-cbdfc09b1581', 'f28efc00-63ca-4425-b9ad-71a0b38ed6ce');
INSERT INTO p11 (n, id, a_id, b_id) VALUES
    (0, '72cd5b46-03ab-454e-8523-e7c101653233', NULL, 'cb7d9982-9592-4d50-a4ea-2a6e6e2b7426'),
    (1, '0c2e3394-18e5-4c86-8046-863c4ee654a6', 'e7fca9c2-42ea-4943-908f-2688e3dd9f3e', 'c739bf79-b5f4-442f-b49f-cf95072c9fcf'),
    (2, 'ab23eeb7-0cf6-4a8c-a0eb-cbe7a6471a68', 'b71d8031-eb54-40ff-88b6-b5b18c075dc8', '676bba89-f733-4014-b505-d378246312ef'),
    (3, '0afb7549-efd0-4f4f-8137-05958c5f300a', '9021df3b-8277-4be6-ae34-38f23221332d', '43d931bd-2a69-4617-89cd-c3a305793b66'),
    (4, '1d29a18f-95fd-4ac6-b592-ca9efca0f1e8', 'f28efc00-63ca-4425-b9ad-71a0b38ed6ce', '4028e158-c073-48bd-b01b-b973a6a0921f');
INSERT INTO p12 (n, id, a_id, b_id) VALUES
    (0, '134dd574-a692-4244-b558-4deef6bdc6aa', NULL, '15917b94-e093-4b98-b746-1a226201b13e'),
    (1, '63d09dc8-13a5-4a7c-a0c7-11089afdc272', 'c739bf79-b5f4-442f-b49f-cf95072c9fcf', '55b7e72c-dd50-43ed-91d4-7566311313f4'),
    (2, '9bd5e969-cf53-434e-8f6c-1c825e6830b2', '676bba89-f733-4014-b505-d378246312ef', 'b7e49082-8d49-4b31-8c4b-db1239648281'),
    (3, '0ad4cc52-a7bb-430d-9264-f660b66b4f31', '43d931bd-2a69-4617-89cd-c3a305793b66', '2d0b8f91-9957-4f72-b019-9c3d9d14b275'),
    (4, '5176d967-9157-4aea-92ac-be17769c1cb7', '4028e158-c073-48bd-b01b-b973a6a0921f', 'f91e5515-2689-4ec7-889c-326e0860ce3a');
INSERT INTO p13 (n, id, a_id, b_id) VALUES
    (0, '0bd7d4ff-dc32-4285-9af4-0bf63ebeeedb', NULL, '18048de6-3f6e-4e4f-b988-a19cdf0ab7db'),
    (1, '90275d02-e86b-4fdf-b1c6-b4b6ea1791d0', '55b7e72c-dd50-43ed-91d4-7566311313f4', '80795742-3f03-4150-b2ee-6cd5c5cedb75'),
    (2, '40b6a1a0-9123-4503-be8c-cd583c2b3eca', 'b7e49082-8d49-4b31-8c4b-db1239648281', '52888032-c24e-409c-8450-25b1af83becb'),
    (3, 'b7ea5a04-0253-490e-9f0d-c70bbc1a4d3a', '2d0b8f91-9957-4f72-b019-9c3d9d14b275', '83476529-ebdb-46e3-9b1b-5e5000573c89'),
    (4, '6fca9a00-c1c8-4c49-803e-adf48fe3412b', 'f91e5515-2689-4ec7-889c-326e0860ce3a', '956511b4-dcff-4977-8d90-b4bd864c595e');
INSERT INTO p14 (n, id, a_id, b_id) VALUES
    (0, 'f18235bd-1a96-4abd-b9bd-3c1200480c12', NULL, '72cd5b46-03ab-454e-8523-e7c101653233'),
    (1, 'd37d5a81-d1ab-4b0b-a22f-95cebb574718', '80795742-3f03-4150-b2ee-6cd5c5cedb75', '0c2e3394-18e5-4c86-8046-863c4ee654a6'),
    (2, 'd682934d-b9d6-42d5-aed3-ff66c97d159f', '52888032-c24e-409c-8450-25b1af83becb', 'ab23eeb7-0cf6-4a8c-a0eb-cbe7a6471a68'),
    (3, '6fff580c-e83d-4406-b3c8-6db6310cea53', '83476529-ebdb-46e3-9b1b-5e5000573c89', '0afb7549-efd0-4f4f-8137-05958c5f300a'),
    (4, 'fe847bd1-0554-4b2c-99ea-3ed739f3c7db', '956511b4-dcff-4977-8d90-b4bd864c595e', '1d29a18f-95fd-4ac6-b592-ca9efca0f1e8');
INSERT INTO p15 (n, id, a_id, b_id) VALUES
    (0, 'cc1fb045-ed1d-4b2c-a6c2-237caf9252e4', NULL, '134dd574-a692-4244-b558-4deef6bdc6aa'),
    (1, 'd0405333-a5a8-4fb0-ac55-153f58f19aab', '0c2e3394-18e5-4c86-8046-863c4ee654a6', '63d09dc8-13a5-4a7c-a0c7-11089afdc272'),
    (2, '328a4702-2992-491c-8726-9520893bff6f', 'ab23eeb7-0cf6-4a8c-a0eb-cbe7a6471a68', '9bd5e969-cf53-434e-8f6c-1c825e6830b2'),
    (3, '95e6316e-e8a7-48ac-9c60-aa71f13e2bae', '0afb7549-efd0-4f4f-8137-05958c5f300a', '0ad4cc52-a7bb-430d-9264-f660b66b4f31'),
    (4, '051cde85-cb24-418a-abcf-1f7f4c924d08', '1d29a18f-95fd-4ac6-b592-ca9efca0f1e8', '5176d967-9157-4aea-92ac-be17769c1cb7');
INSERT INTO p16 (n, id, a_id, b_id) VALUES
    (0, '28de8c6b-c0dc-43d9-b851-90835779b753', NULL, '0bd7d4ff-dc32-4285-9af4-0bf63ebeeedb'),
    (1, '372da4a4-7a7a-4400-a7fc-48ef428b52cd', '63d09dc8-13a5-4a7c-a0c7-11089afdc272', '90275d02-e86b-4fdf-b1c6-b4b6ea1791d0'),
    (2, 'e27649b6-c6c3-41d0-bebd-4dc79dc2f8fa', '9bd5e969-cf53-434e-8f6c-1c825e6830b2', '40b6a1a0-9123-4503-be8c-cd583c2b3eca'),
    (3, 'c0bf2fc6-91de-42e4-90ac-2746ba22d94a', '0ad4cc52-a7bb-430d-9264-f660b66b4f31', 'b7ea5a04-0253-490e-9f0d-c70bbc1a4d3a'),
    (4, '1c215e55-5b1c-4aec-a10e-8a4ff5abbb23', '5176d967-9157-4aea-92ac-be17769c1cb7', '6fca9a00-c1c8-4c49-803e-adf48fe3412b');
