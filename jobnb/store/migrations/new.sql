CREATE TABLE jobnb_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT jobnb_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE jobnb_info (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT jobnb_info_pk PRIMARY KEY (name)
);

CREATE TABLE jobnb_job (
	class_path TEXT NOT NULL, 
	name TEXT NOT NULL, 
	grouping TEXT NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	installed BOOLEAN NOT NULL, 
	overrides TEXT NOT NULL, 
	last_seen DATETIME NOT NULL, edited DATETIME, edited_by TEXT, 
	CONSTRAINT jobnb_job_pk PRIMARY KEY (class_path)
);

CREATE TABLE jobnb_worker (
	worker_id VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	host TEXT NOT NULL, 
	boot_id TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	lock_path TEXT NOT NULL, 
	lock_inode BIGINT NOT NULL, 
	version TEXT NOT NULL, 
	beat INTEGER NOT NULL, 
	seen DATETIME NOT NULL, 
	ended DATETIME, 
	CONSTRAINT jobnb_worker_pk PRIMARY KEY (worker_id)
);

CREATE TABLE jobnb_blob (
	digest VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, stored DATETIME, 
	CONSTRAINT jobnb_blob_pk PRIMARY KEY (digest)
);

CREATE TABLE jobnb_blob_piece (
	blob VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT jobnb_blob_piece_pk PRIMARY KEY (blob, number), 
	CONSTRAINT jobnb_blob_piece_blob_fk FOREIGN KEY(blob) REFERENCES jobnb_blob (digest) ON DELETE CASCADE
);

CREATE TABLE jobnb_snapshot (
	digest VARCHAR(64) NOT NULL, 
	root TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	CONSTRAINT jobnb_snapshot_pk PRIMARY KEY (digest)
);

CREATE TABLE jobnb_snapshot_file (
	snapshot VARCHAR(64) NOT NULL, 
	path TEXT NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	CONSTRAINT jobnb_snapshot_file_pk PRIMARY KEY (snapshot, path), 
	CONSTRAINT jobnb_snapshot_file_snapshot_fk FOREIGN KEY(snapshot) REFERENCES jobnb_snapshot (digest) ON DELETE CASCADE, 
	CONSTRAINT jobnb_snapshot_file_blob_fk FOREIGN KEY(blob) REFERENCES jobnb_blob (digest)
);

CREATE TABLE jobnb_job_result (
	id INTEGER NOT NULL, 
	run_id VARCHAR NOT NULL, 
	class_path TEXT NOT NULL, 
	job_name TEXT NOT NULL, 
	grouping TEXT NOT NULL, 
	status TEXT NOT NULL, 
	attempt VARCHAR, 
	last_entry INTEGER NOT NULL, 
	debug_count INTEGER NOT NULL, 
	info_count INTEGER NOT NULL, 
	success_count INTEGER NOT NULL, 
	warning_count INTEGER NOT NULL, 
	failure_count INTEGER NOT NULL, 
	error_count INTEGER NOT NULL, 
	critical_count INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	started DATETIME, 
	ended DATETIME, 
	cancel_requested DATETIME, 
	cancelled_by TEXT, 
	user TEXT NOT NULL, 
	host TEXT NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	scheduler_id TEXT NOT NULL, 
	embedded BOOLEAN NOT NULL, 
	snapshot VARCHAR(64), 
	source_root TEXT NOT NULL, 
	source_file TEXT NOT NULL, 
	inputs TEXT NOT NULL, 
	options TEXT NOT NULL, 
	reason TEXT, 
	detail TEXT NOT NULL, 
	value_problem TEXT, 
	exc_type TEXT, 
	exc_message TEXT, 
	traceback TEXT, 
	value TEXT, queue TEXT, "key" TEXT, lock TEXT, lock_limit INTEGER, when_busy TEXT, due DATETIME, origin TEXT, value_file TEXT, progress TEXT, 
	CONSTRAINT jobnb_job_result_pk PRIMARY KEY (id), 
	CONSTRAINT jobnb_job_result_jobnb_job_result_open_until_ended CHECK ((ended IS NULL) = (status IN ('PENDING', 'STARTED', 'RETRY'))), 
	CONSTRAINT jobnb_job_result_snapshot_fk FOREIGN KEY(snapshot) REFERENCES jobnb_snapshot (digest), 
	CONSTRAINT jobnb_job_result_run_id_key UNIQUE (run_id)
);

CREATE TABLE jobnb_attempt (
	token VARCHAR NOT NULL, 
	result INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	worker_id VARCHAR NOT NULL, 
	pid INTEGER, 
	started DATETIME NOT NULL, 
	ended DATETIME, 
	reason TEXT, 
	exit_code INTEGER, environment VARCHAR(64) CONSTRAINT jobnb_attempt_environment_fk REFERENCES jobnb_environment (digest), 
	CONSTRAINT jobnb_attempt_pk PRIMARY KEY (token), 
	CONSTRAINT jobnb_attempt_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE, 
	CONSTRAINT jobnb_attempt_worker_id_fk FOREIGN KEY(worker_id) REFERENCES jobnb_worker (worker_id), 
	CONSTRAINT jobnb_attempt_result_number_key UNIQUE (result, number)
);

CREATE TABLE jobnb_entry (
	result INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	level TEXT, 
	grouping TEXT, 
	object TEXT, 
	source TEXT NOT NULL, 
	partial BOOLEAN NOT NULL, 
	message TEXT NOT NULL, 
	CONSTRAINT jobnb_entry_pk PRIMARY KEY (result, number), 
	CONSTRAINT jobnb_entry_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE jobnb_file (
	result INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	created DATETIME NOT NULL, 
	CONSTRAINT jobnb_file_pk PRIMARY KEY (result, name), 
	CONSTRAINT jobnb_file_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE, 
	CONSTRAINT jobnb_file_blob_fk FOREIGN KEY(blob) REFERENCES jobnb_blob (digest)
);

CREATE TABLE jobnb_input_file (
	result INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	CONSTRAINT jobnb_input_file_pk PRIMARY KEY (result, name), 
	CONSTRAINT jobnb_input_file_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE, 
	CONSTRAINT jobnb_input_file_blob_fk FOREIGN KEY(blob) REFERENCES jobnb_blob (digest)
);

CREATE TABLE jobnb_input_value (
	result INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	CONSTRAINT jobnb_input_value_pk PRIMARY KEY (result, name, value), 
	CONSTRAINT jobnb_input_value_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE jobnb_environment (
	digest VARCHAR(64) NOT NULL, 
	facts TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	CONSTRAINT jobnb_environment_pk PRIMARY KEY (digest)
);

CREATE TABLE jobnb_repository (
	name TEXT NOT NULL, 
	url TEXT NOT NULL, 
	ref TEXT, 
	token TEXT, 
	commit_id TEXT NOT NULL, 
	committed DATETIME, 
	subject TEXT NOT NULL, 
	snapshot VARCHAR(64) NOT NULL, 
	notes TEXT NOT NULL, 
	synced DATETIME NOT NULL, 
	synced_by TEXT NOT NULL, 
	failed DATETIME, 
	failure TEXT NOT NULL, 
	CONSTRAINT jobnb_repository_pk PRIMARY KEY (name), 
	CONSTRAINT jobnb_repository_snapshot_fk FOREIGN KEY(snapshot) REFERENCES jobnb_snapshot (digest)
);

CREATE TABLE jobnb_job_place (
	class_path TEXT NOT NULL, 
	place TEXT NOT NULL, 
	last_seen DATETIME NOT NULL, 
	CONSTRAINT jobnb_job_place_pk PRIMARY KEY (class_path, place), 
	CONSTRAINT jobnb_job_place_class_path_fk FOREIGN KEY(class_path) REFERENCES jobnb_job (class_path) ON DELETE CASCADE
);

CREATE TABLE jobnb_output (
	result INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	media_type TEXT NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT jobnb_output_pk PRIMARY KEY (result, number, media_type), 
	CONSTRAINT jobnb_output_result_fk FOREIGN KEY(result) REFERENCES jobnb_job_result (id) ON DELETE CASCADE
);

CREATE INDEX jobnb_job_result_open_idx ON jobnb_job_result (status) WHERE ended IS NULL;

CREATE INDEX jobnb_snapshot_file_blob_idx ON jobnb_snapshot_file (blob);

CREATE INDEX jobnb_file_blob_idx ON jobnb_file (blob);

CREATE INDEX jobnb_input_file_blob_idx ON jobnb_input_file (blob);

CREATE INDEX jobnb_job_result_snapshot_idx ON jobnb_job_result (snapshot);

CREATE INDEX jobnb_attempt_worker_id_idx ON jobnb_attempt (worker_id);

CREATE UNIQUE INDEX jobnb_job_result_class_path_key_idx ON jobnb_job_result (class_path, "key");

CREATE INDEX jobnb_job_result_lock_idx ON jobnb_job_result (lock) WHERE ended IS NULL AND lock IS NOT NULL;

CREATE INDEX jobnb_job_result_created_id_idx ON jobnb_job_result (created, id);

CREATE INDEX jobnb_job_result_job_name_created_id_idx ON jobnb_job_result (job_name, created, id);

CREATE INDEX jobnb_job_result_user_created_id_idx ON jobnb_job_result (user, created, id);

CREATE INDEX jobnb_job_result_status_created_id_idx ON jobnb_job_result (status, created, id) WHERE ended IS NOT NULL;

CREATE INDEX jobnb_job_result_job_name_status_created_id_idx ON jobnb_job_result (job_name, status, created, id) WHERE ended IS NOT NULL;

CREATE INDEX jobnb_input_value_name_value_created_result_idx ON jobnb_input_value (name, value, created, result);

CREATE INDEX jobnb_attempt_environment_idx ON jobnb_attempt (environment);

CREATE INDEX jobnb_repository_snapshot_idx ON jobnb_repository (snapshot);

CREATE INDEX jobnb_job_result_user_job_name_created_id_idx ON jobnb_job_result (user, job_name, created, id);

CREATE INDEX jobnb_job_result_user_status_created_id_idx ON jobnb_job_result (user, status, created, id) WHERE ended IS NOT NULL;

INSERT INTO jobnb_info VALUES ('min_compatible', '9');

INSERT INTO jobnb_version VALUES ('0010');

