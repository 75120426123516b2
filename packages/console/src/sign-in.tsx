/** Who must sign in sees this and nothing else. What is typed here is sent once and kept nowhere: the answer is a cookie. */
import type { SessionDocument, SignIn as SignInKind } from "@meridian/agent/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { post } from "./api/client.js";
import { Notice } from "./parts/parts.js";
import "./sign-in.css";

type Given = { token: string } | { username: string; password: string } | { end: true };

export function useSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: Given) => post<SessionDocument>("/api/session", given),
    onSuccess: () => queries.resetQueries(),
  });
}

export function SignIn({ kind }: { kind: Exclude<SignInKind, "none"> }) {
  const session = useSession();
  const [username, setUsername] = useState("");
  const [secret, setSecret] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    session.mutate(kind === "token" ? { token: secret } : { username, password: secret });
    setSecret("");
  };
  return (
    <form className="sign-in card" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="quiet">
        {kind === "token"
          ? "With the token of this agent's configuration."
          : "As a user of this region's server (ACL)."}
      </p>
      {kind === "acl" && (
        <label>
          User
          <input
            value={username}
            autoComplete="username"
            autoCapitalize="off"
            spellCheck={false}
            required
            onChange={(event) => setUsername(event.target.value)}
          />
        </label>
      )}
      <label>
        {kind === "token" ? "Token" : "Password"}
        <input
          type="password"
          value={secret}
          autoComplete="current-password"
          required
          onChange={(event) => setSecret(event.target.value)}
        />
      </label>
      {session.error !== null && <Notice kind="bad">{session.error.message}</Notice>}
      <button type="submit" className="button primary" disabled={session.isPending}>
        Sign in
      </button>
    </form>
  );
}
