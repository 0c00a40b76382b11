"""The choice by scores and a budget, exact to the token."""
