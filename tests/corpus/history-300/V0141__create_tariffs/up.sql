create table tariffs (
    id         integer primary key,
    name       text not null,
    valid_from date not null,
    valid_to   date,
    per_m2     numeric(6, 4) not null default 0.5000,
    flat       numeric(8, 2) not null default 0,
    unique (name, valid_from),
    check (valid_to is null or valid_to > valid_from)
);
insert into tariffs (id, name, valid_from, valid_to, per_m2, flat) values
    (1, 'standard', '2015-01-01', '2018-01-01', 0.55, 0),
    (2, 'standard', '2018-01-01', null, 0.6, 0),
    (3, 'reduced', '2015-01-01', null, 0.3, 5);
