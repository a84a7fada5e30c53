--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad; or not',
    'ok'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: positive; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.positive AS integer
	CONSTRAINT positive_check CHECK ((VALUE > 0));


ALTER DOMAIN public.positive OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    email text NOT NULL,
    mood public.mood DEFAULT 'ok'::public.mood,
    amount public.positive,
    "odd; name" text DEFAULT 'a''b;'::text,
    tags text[] DEFAULT '{}'::text[]
);


ALTER TABLE public.accounts OWNER TO postgres;

--
-- Name: TABLE accounts; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.accounts IS 'It''s; a table';


--
-- Name: COLUMN accounts.email; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.accounts.email IS 'back\slash;';


--
-- Name: total(bigint); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.total(a bigint) RETURNS numeric
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (a > 0) THEN 1
             ELSE 2
         END AS "case";
 SELECT (sum((accounts.amount)::integer))::numeric AS sum
    FROM public.accounts
   WHERE (accounts.id = total.a);
END;


ALTER FUNCTION public.total(a bigint) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NEW.email IS NULL THEN RAISE EXCEPTION 'no; email'; END IF;
  RETURN NEW;
END;
$$;


ALTER FUNCTION public.touch() OWNER TO postgres;

--
-- Name: accounts_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events (
    id bigint,
    at timestamp with time zone NOT NULL,
    data jsonb,
    account_id bigint
)
PARTITION BY RANGE (at);


ALTER TABLE public.events OWNER TO postgres;

--
-- Name: events_2024; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2024 (
    id bigint,
    at timestamp with time zone NOT NULL,
    data jsonb,
    account_id bigint
);


ALTER TABLE public.events_2024 OWNER TO postgres;

--
-- Name: mv; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.mv AS
 SELECT count(*) AS count
   FROM public.accounts
  WITH NO DATA;


ALTER TABLE public.mv OWNER TO postgres;

--
-- Name: s; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.s
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.s OWNER TO postgres;

--
-- Name: v; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v AS
 SELECT accounts.id,
        CASE
            WHEN (accounts.mood = 'ok'::public.mood) THEN ';'::text
            ELSE NULL::text
        END AS m
   FROM public.accounts;


ALTER TABLE public.v OWNER TO postgres;

--
-- Name: events_2024; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.accounts OVERRIDING SYSTEM VALUE VALUES (1, 'a;b', 'ok', NULL, 'a''b;', '{}');


--
-- Data for Name: events_2024; Type: TABLE DATA; Schema: public; Owner: postgres
--



--
-- Name: accounts_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.accounts_id_seq', 1, true);


--
-- Name: s; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.s', 1, false);


--
-- Name: accounts accounts_email_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_email_key UNIQUE (email);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: accounts_lower; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX accounts_lower ON public.accounts USING btree (lower(email)) WHERE (email <> ';'::text);


--
-- Name: events_at; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_at ON ONLY public.events USING btree (at);


--
-- Name: events_2024_at_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2024_at_idx ON public.events_2024 USING btree (at);


--
-- Name: events_2024_at_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_at ATTACH PARTITION public.events_2024_at_idx;


--
-- Name: st; Type: STATISTICS; Schema: public; Owner: postgres
--

CREATE STATISTICS public.st ON email, mood FROM public.accounts;


ALTER STATISTICS public.st OWNER TO postgres;

--
-- Name: v r; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r AS
    ON INSERT TO public.v DO INSTEAD ( INSERT INTO public.accounts (email)
  VALUES (new.m);
 DELETE FROM public.events
  WHERE (events.id = 0);
);


--
-- Name: accounts touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON public.accounts FOR EACH ROW WHEN ((new.email <> ';'::text)) EXECUTE FUNCTION public.touch();


--
-- Name: events events_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.events
    ADD CONSTRAINT events_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;


--
-- Name: accounts; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;

--
-- Name: accounts p; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY p ON public.accounts USING ((email = CURRENT_USER));


--
-- Name: TABLE accounts; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT ON TABLE public.accounts TO PUBLIC;


--
-- Name: mv; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.mv;


--
-- PostgreSQL database dump complete
--


